import { expect, test } from "vitest";
import { findActivity } from "../../../agent/inventory/activity.ts";
import { noOwners } from "./files-of.ts";
import { findTelemetry } from "../../../agent/inventory/telemetry.ts";
import { knownTelemetry } from "../../../agent/inventory/telemetry/known.ts";
import type { Leaf } from "../../support/tree.ts";
import { filesOf } from "./files-of.ts";

const found = async (leaves: Record<string, Leaf>) => {
  await using made = await filesOf(leaves);
  return findTelemetry(made.files, findActivity(made.files, noOwners));
};

/** A unit that is started. */
const started = (unit: string): Record<string, Leaf> => ({
  "/usr/lib/systemd/systemd*": "ELF",
  "/usr/lib/systemd/system/default.target": `[Unit]\nWants=${unit}\n`,
  [`/usr/lib/systemd/system/${unit}`]: "[Service]\nExecStart=/x\n",
});

const popcon = "/etc/popularity-contest.conf";
const news = "/etc/default/motd-news";
const newsScript = { "/etc/update-motd.d/50-motd-news*": "#!/bin/sh\n" };
const repository = (line: string): Record<string, Leaf> => ({
  "/etc/yum.repos.d/fedora.repo": `[fedora]\nname=x\nenabled=1\n${line}\n`,
});
const dotnet = { "/usr/lib/dotnet/sdk/8.0.100/dotnet.dll": "x" };
const connectivity = "/usr/lib/NetworkManager/conf.d/20-connectivity-fedora.conf";
const grafana = "/etc/grafana/grafana.ini";
const sh = (path: string): Record<string, Leaf> => ({ [`${path}*`]: "ELF" });

/** By name: files with which it would send, and what turns it off. */
const cases: Record<string, [sends: Record<string, Leaf>, off: Record<string, Leaf>]> = {
  "popularity-contest": [
    { ...sh("/usr/sbin/popularity-contest"), [popcon]: 'MY_HOSTID="x"\nPARTICIPATE="yes"\n' },
    { [popcon]: 'PARTICIPATE="no"\nUSEHTTP="yes"\n' },
  ],
  "ubuntu-report": [
    {
      ...sh("/usr/bin/ubuntu-report"),
      "/usr/lib/systemd/user/default.target.wants/ubuntu-report.path": { link: "../x" },
    },
    { "/usr/lib/systemd/user/default.target.wants/ubuntu-report.path": "" },
  ],
  "motd-news": [{ ...newsScript, [news]: "ENABLED=1\n" }, { [news]: "ENABLED=0\n" }],
  whoopsie: [
    { ...sh("/usr/bin/whoopsie"), ...started("whoopsie.service") },
    { "/etc/default/whoopsie": "[General]\nreport_crashes=false\n" },
  ],
  "ubuntu-pro apt-news": [
    { "/usr/lib/systemd/system/apt-news.service": "[Service]\nExecStart=/x\n" },
    { "/var/lib/ubuntu-advantage/user-config.json": '{"apt_news": false}' },
  ],
  "canonical-livepatch": [
    {
      "/var/lib/snapd/snaps/canonical-livepatch_99.snap": "x",
      ...started("snap.canonical-livepatch.canonical-livepatchd.service"),
    },
    { "/etc/systemd/system/snap.canonical-livepatch.canonical-livepatchd.service": "" },
  ],
  "landscape-client": [
    {
      ...sh("/usr/bin/landscape-client"),
      ...started("landscape-client.service"),
      "/etc/landscape/client.conf": "[client]\naccount_name = acme\n",
    },
    { "/etc/landscape/client.conf": "[client]\nlog_level = info\n" },
  ],
  "dnf countme": [repository("countme=1"), repository("countme=0")],
  "rpm-ostree countme": [
    started("rpm-ostree-countme.timer"),
    { "/etc/systemd/system/rpm-ostree-countme.timer": { link: "/dev/null" } },
  ],
  abrt: [
    {
      ...sh("/usr/sbin/abrtd"),
      ...started("abrtd.service"),
      "/etc/abrt/abrt.conf": "# x\nAutoreportingEnabled = yes\n",
    },
    { "/etc/abrt/abrt.conf": "#AutoreportingEnabled = yes\n" },
  ],
  "insights-client": [
    { ...sh("/usr/bin/insights-client"), "/etc/insights-client/.registered": "x" },
    { "/etc/insights-client/.registered": { special: "folder" } },
  ],
  waagent: [
    { ...sh("/usr/sbin/waagent"), ...started("walinuxagent.service") },
    { "/etc/waagent.conf": "Logs.Collect=n\n" },
  ],
  ".NET SDK": [dotnet, { "/etc/environment": "DOTNET_CLI_TELEMETRY_OPTOUT=1\n" }],
  PowerShell: [
    { "/opt/microsoft/powershell/7/pwsh": "x" },
    { "/etc/profile.d/own.sh": "export POWERSHELL_TELEMETRY_OPTOUT='true'\n" },
  ],
  "Azure CLI": [sh("/usr/bin/az"), { "/etc/environment": "AZURE_CORE_COLLECT_TELEMETRY=0" }],
  netdata: [
    { ...sh("/usr/sbin/netdata"), ...started("netdata.service") },
    { "/etc/netdata/.opt-out-from-anonymous-statistics": "" },
  ],
  Grafana: [
    { ...sh("/usr/sbin/grafana-server"), ...started("grafana-server.service") },
    { [grafana]: "[server]\nreporting_enabled = true\n[analytics]\nreporting_enabled = false\n" },
  ],
  "fwupd reports": [
    { "/etc/fwupd/remotes.d/lvfs.conf": "[fwupd Remote]\nAutomaticReports=true\n" },
    { "/etc/fwupd/remotes.d/lvfs.conf": "[fwupd Remote]\nAutomaticReports=false\n" },
  ],
  "NetworkManager connectivity check": [
    {
      ...started("NetworkManager.service"),
      [connectivity]: "[connectivity]\nuri=http://fedoraproject.org/static/hotspot.txt\n",
    },
    { [connectivity]: "[connectivity]\nenabled=false\nuri=http://x\n" },
  ],
};

test("every program that is known has a case here", () => {
  expect(knownTelemetry.map(({ name }) => name).toSorted()).toEqual(Object.keys(cases).toSorted());
});

test.each(Object.entries(cases))(
  "%s is found, and whether it would send",
  async (name, [sends, off]) => {
    expect(await found(sends)).toEqual([expect.objectContaining({ name, active: true })]);
    if (name === "insights-client" || name === "ubuntu-report") return;
    const quiet = await found({ ...sends, ...off });
    expect(quiet.filter(({ active }) => active)).toEqual([]);
  },
);

test("a program that was never set up is there, and sends nothing", async () => {
  const programs = { ...sh("/usr/bin/ubuntu-report"), ...sh("/usr/bin/insights-client") };
  const all = await found({ ...programs, ...sh("/usr/sbin/popularity-contest"), ...newsScript });
  expect(all.map(({ active }) => active)).toEqual([false, false, false, false]);
});

test("every remedy is a sentence", () => {
  for (const { remedy } of knownTelemetry) expect(remedy).toMatch(/^[A-Z].*\.$/);
});

test("NetworkManager asks nobody when a file that is read later forbids it, or takes its place", async () => {
  const asks = {
    ...started("NetworkManager.service"),
    [connectivity]: "[connectivity]\nuri=http://x\n",
  };
  const own = "/etc/NetworkManager/conf.d";
  const off = "[connectivity]\nenabled=false\n";
  expect(await found({ ...asks, [`${own}/10-off.conf`]: off })).toEqual([]);
  expect(await found({ ...asks, [`${own}/20-connectivity-fedora.conf`]: "" })).toEqual([]);
  expect(await found({ ...asks, "/etc/NetworkManager/NetworkManager.conf": off })).toEqual([]);
  const on = { [`${own}/10-off.conf`]: off, [`${own}/11.conf`]: "[connectivity]\nenabled=true\n" };
  expect(await found({ ...asks, ...on })).toHaveLength(1);
});

test.each([
  ["yes", true],
  ["maybe", true],
  ["", false],
  ["no", false],
])(
  "popularity-contest with PARTICIPATE=%s sends: %s, as its cron job decides",
  async (word, active) => {
    const set = { ...sh("/usr/sbin/popularity-contest"), [popcon]: `PARTICIPATE="${word}"\n` };
    expect(await found(set)).toMatchObject([{ name: "popularity-contest", active }]);
  },
);
