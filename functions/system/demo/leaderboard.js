import { ask, byId, element, start, tell } from "./demo.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const number = new Intl.NumberFormat("en-IN");
let period = "weekly";

function fill(table, places, mine) {
  const head = element("tr", {}, element("th", { scope: "col", text: "Rank", class: "number" }), element("th", { scope: "col", text: "Name" }),
    element("th", { scope: "col", text: "Points", class: "number" }));
  const rows = places.map((place) => {
    const me = mine && place === mine;
    const row = element("tr", me ? { class: "me" } : {}, element("td", { class: "number", text: number.format(place.rank) }),
      element("td", { text: me ? "Me" : place.user.name }), element("td", { class: "number", text: number.format(place.points) }));
    if (me) row.setAttribute("aria-current", "true");
    return row;
  });
  table.replaceChildren(table.querySelector("caption"), element("thead", {}, head), element("tbody", {}, ...rows));
  table.hidden = places.length === 0;
}

function tellStanding(standing) {
  const told = byId("standing");
  if (standing.rank === null) {
    told.replaceChildren("No points yet: complete a lesson, and you have a place.");
    return fill(byId("neighbours"), []);
  }
  const next = standing.toNextRank === null ? "You lead." : `${number.format(standing.toNextRank)} more bring a better rank.`;
  const shown = standing.listed ? "" : " You are not shown on the board.";
  told.replaceChildren(element("span", { class: "figure", text: `Rank ${number.format(standing.rank)}` }),
    ` with ${number.format(standing.points)} points. ${next}${shown}`);
  const mine = { rank: standing.rank, points: standing.points };
  fill(byId("neighbours"), [...standing.neighbours.above, mine, ...standing.neighbours.below], mine);
}

function tellBoard(board, places) {
  const range = board.from ? `${board.from} to ${board.to}` : "all time";
  const caption = byId("places").querySelector("caption");
  caption.textContent = board.users ? `${number.format(board.users)} learners, ${range}` : `Nobody has points yet, ${range}`;
  fill(byId("places"), places);
  byId("places").hidden = false;
}

async function load() {
  const asked = period;
  const [page, mine] = await Promise.all([ask(`leaderboard?period=${asked}&limit=20`), ask(`leaderboard/me?period=${asked}`)]);
  if (asked !== period) return; // another tab was chosen meanwhile
  tellStanding(mine.data);
  tellBoard(page.leaderboard, page.data);
}

async function choose(tab) {
  period = tab.dataset.period;
  for (const each of tabs) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  byId("board").setAttribute("aria-labelledby", tab.id);
  tab.focus();
  try {
    await load();
    tell("");
  } catch (error) {
    tell(error.message);
  }
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const ends = { Home: 0, End: tabs.length - 1 };
    const to = ends[event.key] ?? (event.key in STEPS ? (index + STEPS[event.key] + tabs.length) % tabs.length : null);
    if (to === null) return;
    event.preventDefault();
    choose(tabs[to]);
  });
}

start(load);
