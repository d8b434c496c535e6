// Keeps the page up to date without a reload; without scripts a reload does the same.
"use strict";

const EVERY = 2000;
const card = document.querySelector("[data-status]");
const list = document.getElementById("leads");
let mark = null;

function show(condition) {
  const words = card.querySelector("[data-words]");
  if (words.textContent !== condition.words) words.textContent = condition.words;
  words.className = condition.good ? "good" : "bad";
  card.querySelector("[data-waiting]").textContent = condition.waiting;
  card.querySelector("[data-reason]").textContent = condition.reason;
  const bar = card.querySelector("progress");
  bar.hidden = !condition.is_reading;
  if (condition.percent === null) bar.removeAttribute("value");
  else bar.value = condition.percent;
}

async function replaceList() {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  list.replaceChildren(...page.getElementById("leads").childNodes);
}

async function look() {
  try {
    const response = await fetch(card.dataset.status);
    if (response.ok) {
      const condition = await response.json();
      show(condition);
      // Whoever has the focus in the list keeps it: the list follows when it has gone elsewhere.
      if (condition.mark !== mark && !list.contains(document.activeElement)) {
        if (mark !== null) await replaceList();
        mark = condition.mark;
      }
    }
  } catch {
    // The site itself is away: the next look comes anyway.
  }
  setTimeout(look, EVERY);
}

look();
