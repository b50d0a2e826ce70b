// Forms: focus goes to what is wrong, Ctrl+Enter sends, nothing is sent twice, and nothing typed is lost unasked.
"use strict";
(() => {
  const toErrors = () => document.querySelector("#error-summary, #refusal")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form[method=post]");
    if (form) { event.preventDefault(); form.requestSubmit(form.querySelector(".btn-primary[type=submit], .btn-primary:not([type])") ?? undefined); }
  });

  // <input data-enter="send-test">: Enter presses that button, not the first of its form.
  document.addEventListener("keydown", (event) => {
    const button = event.key === "Enter" && !event.ctrlKey && !event.metaKey && document.getElementById(event.target.dataset?.enter);
    if (button) { event.preventDefault(); button.click(); }
  });

  // What was typed into another form goes with the page: whoever sends this one is asked first. Rows that are ticked, and
  // forms that are sent beside the page, ask nothing.
  const drawn = (select) => Math.max(0, [...select.options].findLastIndex((option) => option.defaultSelected));
  function changed(one) {
    if (!one.name) return false;
    if (one.options) return one.selectedIndex !== drawn(one);
    return /^(checkbox|radio)$/.test(one.type) ? one.checked !== one.defaultChecked : "defaultValue" in one && one.value !== one.defaultValue;
  }
  // A form that was refused was drawn with what had been typed.
  const refused = (one) => one.closest("form .wrong") && /^(text|textarea|email|tel|url|number|time|date|datetime-local)$/.test(one.type) && one.value;
  const holds = (form) => [...form.elements].some((one) => changed(one) || refused(one));
  function mayBeLost(sent) {
    const words = document.body.dataset.unsent, others = document.querySelectorAll("form[method=post]:not([data-select], [hx-post])");
    return !words || ![...others].some((form) => form !== sent && holds(form)) || confirm(words);
  }

  // The style sheet greys the buttons of a form that is on its way; coming back to the page frees it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent || !mayBeLost(form)) return event.preventDefault();
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) { delete form.dataset.sent; form.removeAttribute("aria-busy"); }
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.querySelector?.("#error-summary")) toErrors(); });
  toErrors();

  // A refusal comes as a message for the top of the page. A failed look at a live region is not one: live.js says so.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status >= 400 && event.detail.requestConfig.verb !== "get") event.detail.shouldSwap = true;
  });

  // <input maxlength="200" data-counter="subject-count">: how much is left, said near the end only.
  document.addEventListener("input", (event) => {
    const place = document.getElementById(event.target.dataset?.counter);
    if (place) place.textContent = `${event.target.value.length} / ${event.target.maxLength}`;
  });

  // <button data-copy=".token .well" data-copied="Copied">: its words tell whether it worked; else what is to be copied is selected.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]"), place = button && document.querySelector(button.dataset.copy);
    if (!place) return;
    getSelection().selectAllChildren(place);
    try { await navigator.clipboard.writeText(place.textContent.trim()); } catch { return; }
    button.querySelector("span").textContent = document.getElementById("status").textContent = button.dataset.copied;
  });

  // <input data-only-if="auth" data-only-if-values="plain login">: shown only while its form's "auth" has one of these values.
  const hideIdle = () => document.querySelectorAll("[data-only-if]").forEach((input) => {
    const other = input.form?.elements[input.dataset.onlyIf];
    input.closest(".field").hidden = !!other && !input.dataset.onlyIfValues.split(" ").includes(other.value);
  });
  for (const event of ["change", "htmx:afterSettle"]) document.addEventListener(event, hideIdle);
  window.addEventListener("pageshow", hideIdle);
  hideIdle();
})();
