// Forms: focus goes to what is wrong, Ctrl+Enter sends, and nothing is sent twice.
"use strict";
(() => {
  const toErrors = () => document.getElementById("error-summary")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form[method=post]");
    if (form) { event.preventDefault(); form.requestSubmit(form.querySelector(".btn-primary[type=submit], .btn-primary:not([type])") ?? undefined); }
  });

  // The buttons are only switched off after the browser has read which of them was pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => switchButtons(form, true));
  });
  function switchButtons(form, off) {
    for (const button of form.elements) if (button.type === "submit") button.toggleAttribute("data-sending", off);
    form.toggleAttribute("aria-busy", off);
    if (!off) delete form.dataset.sent;
  }
  const free = (form) => { if (form?.matches?.("form")) switchButtons(form, false); };
  document.addEventListener("htmx:afterRequest", (event) => free(event.detail.elt.closest("form")));
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.querySelector?.("#error-summary")) toErrors(); });
  toErrors();

  // <input maxlength="200" data-counter="subject-count">: how much is left, said near the end only.
  document.addEventListener("input", (event) => {
    const place = document.getElementById(event.target.dataset?.counter);
    if (place) place.textContent = `${event.target.value.length} / ${event.target.maxLength}`;
  });
})();
