// The reading pane beside a list: what has data-pane opens there where it is shown, and as a page where it is not.
"use strict";
(() => {
  const shown = (element) => element && element.offsetParent !== null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    const opener = event.detail.elt;
    if (!opener.matches("[data-pane]") || shown(event.detail.target)) return;
    event.preventDefault();
    if (opener.href) location.assign(opener.href); else opener.form.requestSubmit(opener);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const opener = event.detail.requestConfig?.elt;
    if (!opener?.matches?.("[data-pane]")) return;
    for (const other of document.querySelectorAll("[data-pane][aria-current]")) other.removeAttribute("aria-current");
    document.getElementById(opener.id)?.setAttribute("aria-current", "true");
    const pane = event.detail.target;
    pane.scrollTop = 0;
    document.getElementById("status").textContent = pane.querySelector("h2")?.textContent ?? "";
  });

  // The title says (3) when there is something unread; the small bell in the tab says so, too.
  const bell = document.querySelector("link[rel=icon]");
  const plain = bell?.href;
  function ring() {
    const href = /^\(\d/.test(document.title) ? bell.dataset.unread : plain;
    if (bell.getAttribute("href") !== href) bell.setAttribute("href", href);
  }
  if (bell) {
    ring();
    new MutationObserver(ring).observe(document.querySelector("title"), { childList: true });
  }

  // Folding menus close when one goes elsewhere.
  const menus = "details.me, details.drop, .phone details";
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(`:is(${menus})[open]`)) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.(menus);
    if (menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Messages after an act: said to screen readers, closed by hand; good news leaves by itself unless one is on it.
  function greet(flash) {
    flash.dataset.seen = "1";
    document.getElementById("status").textContent = flash.querySelector("p").textContent;
    const leave = () => (flash.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : flash.remove());
    if (flash.dataset.flash === "leaf" && !flash.querySelector("a, form")) setTimeout(leave, 10000);
  }
  const greetAll = () => document.querySelectorAll(".flash:not([data-seen])").forEach(greet);
  document.addEventListener("htmx:afterSettle", greetAll);
  document.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest(".flash").remove());
  greetAll();
})();
