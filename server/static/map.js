// The map with a script: cards on hover, focus and touch, arrow keys from country to country, and, where the page
// has one, a slider through time.
"use strict";

const figure = document.querySelector("[data-map]");
const drawing = figure.querySelector("svg.map");
const marks = new Map([...drawing.querySelectorAll("a[data-id]")].map((mark) => [mark.dataset.id, mark]));
let known;

/** The address of this map, or of its data, on a day. */
function address(day, format) {
  const query = new URLSearchParams(location.search);
  query.set(figure.dataset.parameter, figure.dataset.id);
  query.delete(figure.dataset.parameter === "of" ? "by" : "of");
  if (day) query.set("as_of", day);
  if (format) query.set("format", format);
  return `${figure.dataset.map}?${query}`;
}

/** The data of the map for the day shown, asked for once. */
function data() {
  known ??= fetch(address("", "json")).then((answer) => answer.ok ? answer.json() : null).catch(() => null);
  return known;
}

// Cards.
const card = document.createElement("div");
card.className = "map-card";
card.hidden = true;
drawing.after(card);
let over, leaving;

function hide() {
  clearTimeout(leaving);
  card.hidden = true;
  over = undefined;
}

function line(label, href, text, more) {
  const found = document.createElement("p");
  const link = Object.assign(document.createElement("a"), { href, textContent: text });
  found.append(label, link, more ? ` (${more})` : "");
  return found;
}

async function open(mark, x, y) {
  clearTimeout(leaving);
  if (over === mark) return;
  over = mark;
  const told = await data();
  if (over !== mark || !told) return;
  const one = told.polities[mark.dataset.id];
  const name = document.createElement("strong");
  name.textContent = one.name;
  const words = document.createElement("p");
  words.textContent = one.words;
  const itself = mark.dataset.id === figure.dataset.id;
  card.replaceChildren(name, ...(one.words ? [words] : []));
  if (one.act) card.append(line("", one.act[0], one.act[1]));
  if (one.source) card.append(line("Source: ", one.source[0], one.source[1], one.source[2]));
  card.append(line("", mark.getAttribute("href"), itself ? `Page of ${one.name}` : "All that is known between the two"));
  card.hidden = false;
  const frame = figure.getBoundingClientRect();
  const left = Math.min(Math.max(0, x - frame.left + 12), Math.max(0, frame.width - card.offsetWidth));
  const below = y - frame.top + 14;
  card.style.left = `${left}px`;
  card.style.top = `${below + card.offsetHeight + frame.top > innerHeight ? Math.max(0, below - card.offsetHeight - 28) : below}px`;
}

/** The mark under a point; within the inset, the one that it enlarges there. */
function markAt(event) {
  const mark = event.target.closest("a[data-id]");
  if (mark) return mark;
  const inset = event.target.closest(".inset");
  if (!inset) return null;
  const inner = inset.querySelector("svg");
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(inset.querySelector("use").getScreenCTM().inverse());
  return [...marks.values()].reverse().find((one) => one.dataset.drawn !== "hidden" && inner && [...one.children].some((shape) => shape.isPointInFill && shape.isPointInFill(place))) || null;
}

const later = () => { clearTimeout(leaving); leaving = setTimeout(hide, 350); };
drawing.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch") return;
  const mark = markAt(event);
  if (mark) open(mark, event.clientX, event.clientY); else if (over) later();
});
drawing.addEventListener("pointerleave", later);
card.addEventListener("pointerenter", () => clearTimeout(leaving));
card.addEventListener("pointerleave", later);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
document.addEventListener("click", (event) => { if (!figure.contains(event.target)) hide(); });
// A touch opens the card, which has the links; a mouse or the enter key follows the link itself.
let touched = false;
drawing.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
drawing.addEventListener("click", (event) => {
  const mark = markAt(event);
  if (!mark) return hide();
  if (touched) {
    event.preventDefault();
    hide();
    open(mark, event.clientX, event.clientY);
  } else if (!event.target.closest("a")) location.href = mark.getAttribute("href");
});

// The keyboard: one stop for the whole map, arrow keys to the nearest country in their direction.
let stop = marks.get(figure.dataset.id) || marks.values().next().value;
for (const mark of marks.values()) {
  const title = mark.querySelector("title");
  mark.setAttribute("aria-label", title.textContent);
  title.remove(); // The card takes the place of the browser's own tip.
  mark.setAttribute("tabindex", mark === stop ? "0" : "-1");
}
const middle = (mark) => { const box = mark.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; };
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
drawing.addEventListener("keydown", (event) => {
  const way = ways[event.key], mark = event.target.closest("a[data-id]");
  if (!way || !mark) return;
  event.preventDefault();
  const [x, y] = middle(mark);
  let best, least = Infinity;
  for (const one of marks.values()) {
    if (one === mark || one.dataset.drawn === "hidden") continue;
    const [cx, cy] = middle(one);
    const along = (cx - x) * way[0] + (cy - y) * way[1], aside = Math.abs((cx - x) * way[1] + (cy - y) * way[0]);
    if (along > 0.5 && aside <= along * 2 && along + 2 * aside < least) [best, least] = [one, along + 2 * aside];
  }
  if (!best) return;
  stop.setAttribute("tabindex", "-1");
  stop = best;
  stop.setAttribute("tabindex", "0");
  stop.focus();
});
drawing.addEventListener("focusin", (event) => {
  const mark = event.target.closest("a[data-id]");
  if (mark && mark.matches(":focus-visible")) open(mark, ...middle(mark));
});
figure.addEventListener("focusout", (event) => { if (event.relatedTarget && !card.contains(event.relatedTarget) && !drawing.contains(event.relatedTarget)) hide(); });

/** Leads the whole page through the days of the slider. */
function slide(slider) {
  const range = slider.querySelector("input[type=range]");
  const output = slider.querySelector("output");
  const play = slider.querySelector("[data-play]");
  const days = range.dataset.days.split(" ");
  let asked = 0, timer, playing = false;

  function recolour(told) {
    const counts = {};
    for (const [id, one] of Object.entries(told.polities)) {
      const mark = marks.get(id);
      if (one.drawn !== "hidden") counts[one.class] = (counts[one.class] || 0) + 1;
      if (!mark) continue;
      const kind = ["region", "small"].find((name) => mark.classList.contains(name)) || "";
      mark.setAttribute("class", `m ${kind} ${one.colour}`);
      mark.dataset.drawn = one.drawn;
      mark.setAttribute("aria-label", one.words ? `${one.name}: ${one.words}` : one.name);
      const link = new URL(mark.getAttribute("href"), location.href);
      link.searchParams.set("as_of", told.day);
      mark.setAttribute("href", link.pathname + link.search);
    }
    figure.querySelectorAll("[data-count]").forEach((count) => {
      const number = counts[count.dataset.count] || 0;
      count.textContent = number;
      count.closest("li").toggleAttribute("data-empty", !number);
    });
    output.querySelector("strong").textContent = told.words;
    output.querySelector("span").textContent = told.why;
    range.setAttribute("aria-valuetext", [told.words, told.why].filter(Boolean).join(": "));
    drawing.setAttribute("aria-label", told.title);
    document.querySelector("h1").textContent = told.title;
    document.title = `${told.title} – Map – Comity`;
  }

  async function show(day) {
    const mine = ++asked;
    hide();
    const answer = await fetch(address(day, "json")).catch(() => null);
    if (mine !== asked || !answer || !answer.ok) return;
    const told = await answer.json();
    known = Promise.resolve(told);
    recolour(told);
    history.replaceState(null, "", address(day));
    if (!playing) await replaceParts(address(day), day, () => mine === asked);
  }

  slider.hidden = days.length < 2;
  range.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => show(days[range.value]), 60); });
  play.addEventListener("click", async () => {
    playing = !playing;
    play.textContent = playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", playing ? "Pause" : "Play through time");
    if (!playing) return;
    if (Number(range.value) === days.length - 1) range.value = 0;
    while (playing && Number(range.value) < days.length - 1) {
      range.value = Number(range.value) + Math.max(1, Math.round(days.length / 60));
      await show(days[range.value]);
      await new Promise((done) => setTimeout(done, 250));
    }
    playing = false;
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play through time");
    await show(days[range.value]);
  });
}

const slider = figure.querySelector(".slider");
if (slider) slide(slider);
