// Selecting rows: the box that takes all, the number on the buttons. A [data-select] form with boxes named alike.
"use strict";
(() => {
  const boxes = (form) => [...form.elements].filter((one) => one.type === "checkbox" && !("selectAll" in one.dataset));

  function show(form) {
    const all = boxes(form), n = all.filter((box) => box.checked).length;
    for (const head of [...form.elements].filter((one) => "selectAll" in one.dataset)) {
      head.checked = n > 0 && n === all.length;
      head.indeterminate = n > 0 && n < all.length;
    }
    form.classList.toggle("selecting", n > 0);
    for (const place of [...form.elements].filter((one) => one.dataset.selectText)) {
      place.dataset.selectNone ??= place.textContent;
      place.textContent = n ? place.dataset.selectText.replace("{n}", n) : place.dataset.selectNone;
    }
    for (const button of [...form.elements].filter((one) => "selectNeeded" in one.dataset)) button.disabled = n === 0;
  }

  let last = null; // for Shift: everything between the last box and this one
  document.addEventListener("click", (event) => {
    const box = event.target, form = box.closest?.("[data-select]");
    if (!form || !box.matches("input[type=checkbox]:not([data-select-all])")) return;
    const all = boxes(form), from = all.indexOf(last), to = all.indexOf(box);
    if (event.shiftKey && from >= 0) {
      for (const other of all.slice(Math.min(from, to), Math.max(from, to) + 1)) other.checked = box.checked;
      show(form);
    }
    last = box;
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-select]");
    if (!form || event.target.type !== "checkbox") return;
    if (event.target.matches("[data-select-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
    show(form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const form of document.querySelectorAll("[data-select].selecting")) {
      for (const box of boxes(form)) box.checked = false;
      show(form);
    }
  });

  const showAll = () => document.querySelectorAll("[data-select]").forEach(show);
  document.addEventListener("htmx:afterSettle", showAll);
  window.addEventListener("pageshow", showAll);
})();
