"""gongji (共济): China's basic medical insurance as software that anyone can read and run."""
