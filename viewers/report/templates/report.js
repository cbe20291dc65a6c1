"use strict";
(() => {
  const cards = [...document.querySelectorAll(".finding")];
  const form = document.getElementById("filters");
  if (!form) return;
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const clear = document.getElementById("clear");
  const controls = [...form.elements].filter((control) => control.name);
  const search = form.elements.text;

  const matches = (card) =>
    controls.every((control) => {
      const wanted = control.value;
      if (!wanted) return true;
      if (control.name !== "text") return card.dataset[control.name] === wanted;
      return wanted.toLowerCase().split(/\s+/).every((word) => card.dataset.text.includes(word));
    });

  const apply = () => {
    let count = 0;
    for (const card of cards) {
      card.hidden = !matches(card);
      if (!card.hidden) count += 1;
    }
    const filtered = controls.some((control) => control.value);
    shown.textContent = filtered ? `${count} of ${cards.length} findings shown` : `${cards.length} findings`;
    nothing.hidden = count > 0;
    clear.hidden = !filtered;
  };

  const reset = () => {
    for (const control of controls) control.value = "";
    apply();
  };

  const step = (way) => {
    const visible = cards.filter((card) => !card.hidden);
    const here = visible.indexOf(document.activeElement && document.activeElement.closest(".finding"));
    const next = visible[Math.min(Math.max(here + way, 0), visible.length - 1)];
    if (!next) return;
    const summary = next.querySelector("summary");
    summary.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  };

  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || !target.classList.contains("finding")) return;
    if (target.hidden) reset();
    target.open = true;
    target.scrollIntoView({ block: "start" });
    target.querySelector("summary").focus({ preventScroll: true });
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(apply);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  clear.addEventListener("click", () => { reset(); search.focus(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show-code]");
    if (!link) return;
    reset();
    form.elements.code.value = link.dataset.showCode;
    apply();
    document.getElementById("findings").scrollIntoView();
    form.elements.code.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape" && typing) { event.target.value = ""; apply(); event.target.blur(); return; }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#f-"]');
    if (link && link.hash === location.hash) follow();
  });
  form.hidden = false;
  apply();
  follow();
})();
