// The slider through time: recolours the map without loading the page anew.
"use strict";

const figure = document.querySelector("[data-map]");
const range = figure.querySelector("input[type=range]");
const output = figure.querySelector("output");
const play = figure.querySelector("[data-play]");
const days = range.dataset.days.split(" ");
const marks = new Map([...figure.querySelectorAll("svg [data-id]")].map((mark) => [mark.dataset.id, mark]));
let asked = 0, timer;

function address(day) {
  const query = new URLSearchParams(location.search);
  query.set(figure.dataset.parameter, figure.dataset.id);
  query.set("as_of", day);
  query.delete(figure.dataset.parameter === "of" ? "by" : "of");
  return `${figure.dataset.map}?${query}`;
}

async function show(day) {
  const mine = ++asked;
  const answer = await fetch(`${address(day)}&format=json`).catch(() => null);
  if (mine !== asked || !answer || !answer.ok) return;
  const data = await answer.json();
  const counts = {};
  for (const [id, told] of Object.entries(data.polities)) {
    const mark = marks.get(id);
    if (told.drawn !== "hidden") counts[told.class] = (counts[told.class] || 0) + 1;
    if (!mark) continue;
    const kind = ["region", "small"].find((one) => mark.classList.contains(one)) || "";
    mark.setAttribute("class", `m ${kind} ${told.colour}`);
    mark.dataset.drawn = told.drawn;
    mark.querySelector("title").textContent = told.words ? `${told.name}: ${told.words}` : told.name;
  }
  figure.querySelectorAll("[data-count]").forEach((count) => {
    const number = counts[count.dataset.count] || 0;
    count.textContent = number;
    count.closest("li").toggleAttribute("data-empty", !number);
  });
  output.textContent = data.words;
  range.setAttribute("aria-valuetext", data.words);
  document.querySelector("[data-map-title]").textContent = data.title;
  document.querySelector("svg.map").setAttribute("aria-label", data.title);
  document.querySelector(".control input[name=as_of]").value = data.day;
  history.replaceState(null, "", address(day));
  const page = await fetch(address(day)).then((one) => one.text()).catch(() => "");
  const words = new DOMParser().parseFromString(page, "text/html").getElementById("words-of-map");
  if (mine === asked && words) document.getElementById("words-of-map").replaceWith(words);
}

range.hidden = output.hidden = play.hidden = days.length < 2;
range.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => show(days[range.value]), 60); });
play.addEventListener("click", async () => {
  const running = play.textContent === "❚❚";
  play.textContent = running ? "▶" : "❚❚";
  play.setAttribute("aria-label", running ? "Play through time" : "Pause");
  if (Number(range.value) === days.length - 1) range.value = 0;
  while (play.textContent === "❚❚" && Number(range.value) < days.length - 1) {
    range.value = Number(range.value) + Math.max(1, Math.round(days.length / 60));
    await show(days[range.value]);
    await new Promise((done) => setTimeout(done, 250));
  }
  play.textContent = "▶";
});
figure.querySelector("svg").addEventListener("click", (event) => {
  const mark = event.target.closest("[data-id]");
  const day = new URLSearchParams(location.search).get("as_of");
  if (mark) location.href = `${figure.dataset.map.replace(/map$/, "polity/")}${mark.dataset.id}${day ? `?as_of=${day}` : ""}`;
});
