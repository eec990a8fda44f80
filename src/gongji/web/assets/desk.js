// The desk by keyboard: "/" goes to the box from anywhere, arrows choose among what was found, and
// after a refusal the first field that is wrong is gone to; what is ticked to be paid is added up.
(() => {
  const box = document.getElementById("find");
  const live = document.getElementById("found-live");
  const links = () => [...document.querySelectorAll(live && live.childElementCount ? "#found-live a" : ".found a")];
  const typing = (at) => at instanceof HTMLElement && at.matches("input, select, textarea");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && box && !typing(event.target)) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && live && live.childElementCount) {
      live.replaceChildren();
      box.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = links();
      const at = all.indexOf(document.activeElement);
      if (!all.length || (at < 0 && event.target !== box && event.target !== document.body)) return;
      event.preventDefault();
      const next = event.key === "ArrowDown" ? at + 1 : at - 1;
      (all[Math.min(next, all.length - 1)] || box).focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (live && !event.target.closest(".finder")) live.replaceChildren();
  });

  document.addEventListener("change", (event) => { // a paper that serves twice is ticked once
    if (!event.target.matches(".checklist input")) return;
    for (const one of document.querySelectorAll(".checklist input")) {
      if (one.value === event.target.value) one.checked = event.target.checked;
    }
  });

  const sum = document.getElementById("f-amount");
  document.addEventListener("change", (event) => {
    if (!sum || !event.target.matches("[data-fen]")) return;
    const fen = [...document.querySelectorAll("[data-fen]:checked")]
      .reduce((all, one) => all + Number(one.dataset.fen), 0);
    sum.value = `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
  });

  const wrong = document.querySelector(
    "main [aria-invalid=true], main .wrong input, main .wrong select"
  ) || document.querySelector("main .trouble");
  if (wrong) {
    if (!wrong.matches("input, select, textarea")) wrong.tabIndex = -1;
    wrong.closest("details")?.setAttribute("open", "");
    wrong.focus();
  } else if (box && box.autofocus) {
    box.focus();
  }
})();
