// Keeps live regions fresh by polling: asks with the version it has, and waits while somebody is busy in there.
"use strict";
(() => {
  const every = () => Number(localStorage.getItem("belfry-live") ?? 5);
  const text = (words, n) => words.replace("{n}", n);
  const states = new Map(); // region id → {due, asked, cost, failures, final, fresh}
  const lost = document.getElementById("live-lost");

  const state = (region) => {
    if (!states.has(region.id)) states.set(region.id, { due: Date.now() + wait(0), cost: 0, failures: 0, fresh: Date.now() });
    return states.get(region.id);
  };
  const regions = () => [...document.querySelectorAll("[data-live]")];

  // A dear answer makes us ask less often. A second and a half of the chosen time is kept for the tick, the way and the drawing.
  function wait(cost) {
    return Math.max(250 * Math.sqrt(cost) - 1000, 1000, (every() - 1.5) * 1000);
  }

  function busy(region) {
    const at = document.activeElement;
    const typing = region.contains(at) && at.matches("input:not([type=checkbox]), textarea, select");
    const menu = document.querySelector("details.drop[open]"); // which may come anew beside the region
    return document.hidden || typing || menu || region.querySelector("input[type=checkbox]:checked, details[open], dialog[open]");
  }

  function ask(region) {
    const s = state(region);
    s.due = Date.now() + 30000;
    htmx.trigger(region, "refresh");
  }

  function tick() {
    for (const region of regions()) {
      const s = state(region);
      if (every() && !s.final && Date.now() >= s.due && !busy(region)) ask(region);
    }
    sayAge();
    sayLost();
  }

  function sayAge() {
    const ages = regions().map((region) => Date.now() - state(region).fresh);
    for (const place of ages.length ? document.querySelectorAll("[data-live-age]") : []) {
      const seconds = Math.round(Math.max(...ages) / 1000);
      const words = seconds < 90 ? text(place.dataset.text, seconds) : text(place.dataset.textMinutes, Math.round(seconds / 60));
      if (place.textContent !== words) place.textContent = words;
    }
  }

  function sayLost() {
    if (!lost) return;
    const failing = regions().map(state).filter((s) => s.failures > 1);
    lost.hidden = !failing.length;
    if (failing.length) {
      const seconds = Math.max(0, Math.ceil((Math.min(...failing.map((s) => s.due)) - Date.now()) / 1000));
      lost.querySelector("span").textContent = text(lost.dataset.text, Math.min(seconds, 60));
    }
  }

  const failed = (event) => {
    const s = states.get(event.detail.elt.id);
    if (s) Object.assign(s, { due: Date.now() + Math.min(2000 * 2 ** s.failures, 60000), failures: s.failures + 1 });
  };

  // How many of the rows in an answer are not on the page yet.
  function unseen(answer) {
    const rows = new DOMParser().parseFromString(answer, "text/html").querySelectorAll("[data-live-item]");
    return [...rows].filter((row) => !document.getElementById(row.id)).length;
  }

  function holdBack(region, answer) {
    const bar = document.querySelector(`[data-live-new="${region.id}"]`);
    const n = bar && region.hasAttribute("data-live-hold") && scrollY > 80 ? unseen(answer) : 0;
    if (!bar) return false;
    bar.hidden = !n;
    bar.textContent = n === 1 ? bar.dataset.one : text(bar.dataset.many, n);
    if (n) document.getElementById("status").textContent = bar.textContent;
    return n > 0;
  }

  const isRegion = (event) => event.detail.elt?.hasAttribute?.("data-live") && event.detail.elt === event.detail.target;

  document.addEventListener("htmx:configRequest", (event) => {
    const region = event.detail.elt;
    if (!region.hasAttribute("data-live")) return;
    event.detail.parameters.version = region.dataset.version;
    state(region).asked = performance.now();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isRegion(event)) return;
    const region = event.detail.target, { status, responseText } = event.detail.xhr, s = state(region);
    if (status >= 400) return;
    const cost = performance.now() - s.asked;
    Object.assign(s, { cost, failures: 0, final: status === 286, fresh: Date.now(), due: Date.now() + wait(cost) });
    if (status !== 204 && (busy(region) || holdBack(region, responseText))) event.detail.shouldSwap = false;
    if (event.detail.shouldSwap) region.setAttribute("aria-busy", "true");
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, failed);

  document.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-live-new]");
    if (bar) { bar.hidden = true; scrollTo({ top: 0, behavior: "instant" }); ask(document.getElementById(bar.dataset.liveNew)); }
    if (event.target.closest("[data-live-now]")) regions().forEach(ask);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-live-every]")) localStorage.setItem("belfry-live", event.target.value);
    for (const s of states.values()) s.due = Math.min(s.due, Date.now() + wait(s.cost));
  });
  for (const choice of document.querySelectorAll("[data-live-every]")) choice.value = String(every());
  setInterval(tick, 500);
})();
