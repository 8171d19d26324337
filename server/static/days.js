// Pages of a day: what on them depends on the day is replaced, and a slider leads from one day to another.
"use strict";

/** Puts everything that depends on the day in the place of what stands there: links, bar, lists. */
async function replaceParts(address, day, current) {
  const text = await fetch(address).then((answer) => answer.ok ? answer.text() : "").catch(() => "");
  if (!text || !current()) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  const parts = "[data-of-day], header.top nav, .brand, .crumbs, .control summary, .control .said, footer.bottom";
  const fresh = page.querySelectorAll(parts);
  document.querySelectorAll(parts).forEach((part, place) => {
    const folds = fresh[place].querySelectorAll("details");
    part.querySelectorAll("details").forEach((fold, number) => { if (folds[number]) folds[number].open = fold.open; });
    part.replaceWith(fresh[place]);
    fresh[place].querySelectorAll("button[data-copy]").forEach(copies);
  });
  document.title = page.title;
  document.querySelectorAll("form").forEach((form) => {
    const field = form.querySelector("input[name=as_of]") || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "as_of" }));
    field.value = day;
  });
}

{
  const slider = document.querySelector(".slider:not(.with-map)");
  const range = slider && slider.querySelector("input[type=range]");
  if (range) {
    const days = range.dataset.days.split(" ");
    let asked = 0, timer;
    slider.hidden = days.length < 2;
    range.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const mine = ++asked, day = days[range.value];
        const query = new URLSearchParams(location.search);
        query.set("as_of", day);
        const address = `${location.pathname}?${query}`;
        history.replaceState(null, "", address);
        replaceParts(address, day, () => mine === asked).then(() => {
          const shown = document.querySelector("[data-day-words]");
          if (shown) range.setAttribute("aria-valuetext", shown.textContent);
        });
      }, 80);
    });
  }
}
