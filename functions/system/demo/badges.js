import { Refused, ask, byId, element, start } from "./demo.js";

const day = new Intl.DateTimeFormat("en-IN", { dateStyle: "medium" });

function card(badge, ...more) {
  const icon = element("img", { src: new URL(badge.iconUrl).pathname, alt: `${badge.name}: ${badge.tier} medal`, width: "64", height: "64" });
  const about = element("div", {}, element("h3", { text: badge.name }), element("p", { text: badge.description }), ...more);
  return element("li", {}, icon, about);
}

function possible(badge) {
  const { current, target } = badge.progress;
  const bar = element("progress", { value: current, max: target, "aria-label": `${badge.name}: ${current} of ${target}` });
  return card(badge, bar, element("p", { text: `${current} of ${target}`, "aria-hidden": "true" }));
}

start(async () => {
  const me = (await ask("auth/check")).data.user;
  if (!me) throw new Refused(401, "Nobody is signed in.");
  const { data } = await ask(`achievements/${me.id}`);
  byId("told").textContent = `${data.totalEarned} earned, ${data.points} XP`;
  byId("earned").replaceChildren(...data.earned.map((badge) => card(badge, element("p", { text: `Earned on ${day.format(new Date(badge.earnedAt))}` }))));
  byId("possible").replaceChildren(...(data.possible ?? []).map(possible));
});
