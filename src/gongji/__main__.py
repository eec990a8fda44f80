"""`python -m gongji`, the same as the `gongji` command."""

from gongji.cli.main import main

if __name__ == "__main__":
    main()
