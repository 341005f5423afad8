import { wordsOf } from "./unit-file.ts";
import type { Unit, Units } from "./units.ts";

/** What pulls another unit in, where that one is not masked: systemd.unit(5). */
const pulls = ["Wants", "Requires", "BindsTo", "Upholds"].map((name) => `Unit.${name}`);

/** Ways that a unit names others by, other than by its type. */
const also = ["Unit.OnSuccess", "Service.Sockets"];

/**
 * What the image's own units start when it boots: the default target, all that it pulls in, and
 * what timers, sockets and paths among them start in their turn. Conditions are not looked at: they
 * ask for the machine. By name.
 */
export const startedUnits = (units: Units): ReadonlyMap<string, Unit> => {
  const started = new Map<string, Unit>();
  const next = ["default.target"];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const unit = units.load(name);
    if (unit === undefined || unit.masked || started.has(unit.name)) continue;
    started.set(unit.name, unit);
    next.push(...units.wantedBy(unit), ...pulledBy(unit));
    if (started.size > mostUnits) break;
  }
  return started;
};

/** Instances of templates can be named nearly without end, as `a@%i1.service` by itself. */
const mostUnits = 5000;

const pulledBy = (unit: Unit): string[] => {
  const named = [...pulls, ...also].flatMap((key) => wordsOf(unit.settings, key));
  return [...named, ...triggered(unit)].map((name) => filled(name, unit.name));
};

/** What a timer, a socket or a path starts: the unit that it names, or the service of its name. */
export const triggered = ({ name, settings }: Unit): string[] => {
  const type = name.slice(name.lastIndexOf(".") + 1);
  const stem = name.slice(0, name.lastIndexOf("."));
  if (type === "timer" || type === "path") {
    const named = settings.get(type === "timer" ? "Timer.Unit" : "Path.Unit")?.at(-1);
    return [named ?? `${stem}.service`];
  }
  if (type !== "socket") return [];
  const accepts = /^(?:yes|true|on|1|y|t)$/i.test(settings.get("Socket.Accept")?.at(-1) ?? "no");
  return [settings.get("Socket.Service")?.at(-1) ?? `${stem}${accepts ? "@" : ""}.service`];
};

/** The specifiers of systemd.unit(5) that stand in units' names. */
const filled = (text: string, name: string): string => {
  if (!text.includes("%")) return text;
  const [, prefix = "", instance = ""] = /^([^@]+)(?:@(.*))?\.[a-z]+$/.exec(name) ?? [];
  const values: Record<string, string> = {
    ...{ "%%": "%", "%i": instance, "%I": instance, "%p": prefix, "%P": prefix },
    ...{ "%n": name, "%N": name.slice(0, name.lastIndexOf(".")) },
  };
  return text.replaceAll(/%./g, (specifier) => values[specifier] ?? specifier);
};
