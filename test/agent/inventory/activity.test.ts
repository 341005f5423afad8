import { describe, expect, test } from "vitest";
import { findActivity } from "../../../agent/inventory/activity.ts";
import { noOwners } from "./files-of.ts";
import { fifo, type Leaf } from "../../support/tree.ts";
import { filesOf } from "./files-of.ts";

const activityOf = async (leaves: Record<string, Leaf>) => {
  await using made = await filesOf(leaves);
  return findActivity(made.files, noOwners);
};

const enabledIn = async (leaves: Record<string, Leaf>) =>
  (await activityOf(leaves)).filter(({ enabled }) => enabled).map(({ name }) => name);

const units = "/usr/lib/systemd/system";
const own = "/etc/systemd/system";

/** What every image with systemd has. */
const system: Record<string, Leaf> = {
  "/usr/lib/systemd/systemd*": "ELF",
  "/lib": { link: "usr/lib" },
  [`${units}/default.target`]: { link: "multi-user.target" },
  [`${units}/multi-user.target`]: "[Unit]\nRequires=basic.target\n",
  [`${units}/basic.target`]: "[Unit]\nWants=sockets.target timers.target paths.target\n",
  [`${units}/sockets.target`]: "[Unit]\n",
  [`${units}/timers.target`]: "[Unit]\n",
};

const service = (command: string): string =>
  `[Service]\nExecStart=${command}\n[Install]\nWantedBy=multi-user.target\n`;

const wanted = (unit: string, by = "multi-user.target"): Record<string, Leaf> => ({
  [`${own}/${by}.wants/${unit}`]: { link: `${units}/${unit}` },
});

describe("units", () => {
  test("are enabled when the default target pulls them in, and listed when it does not", async () => {
    const found = await activityOf({
      ...system,
      [`${units}/on.service`]: service("/usr/bin/on --now"),
      [`${units}/off.service`]: service("/usr/bin/off"),
      ...wanted("on.service"),
    });
    expect(found).toEqual([
      {
        ...{ kind: "service", name: "off.service", path: `${units}/off.service` },
        ...{ enabled: false, runs: "/usr/bin/off" },
      },
      {
        ...{ kind: "service", name: "on.service", path: `${units}/on.service` },
        ...{ enabled: true, runs: "/usr/bin/on --now" },
      },
    ]);
  });

  test("are pulled in through others, by folders of requirements, aliases and instances", async () => {
    const names = await enabledIn({
      ...system,
      [`${units}/a.service`]: "[Unit]\nWants=b.service gone.service\n[Service]\nExecStart=/a\n",
      [`${units}/b.service`]: service("/b"),
      [`${units}/getty@.service`]: service("/sbin/agetty %I"),
      [`${units}/real.service`]: service("/real"),
      [`${own}/other.service`]: { link: `${units}/real.service` },
      ...wanted("a.service"),
      [`${own}/basic.target.requires/getty@tty1.service`]: { link: `${units}/getty@.service` },
      [`${own}/b.service.upholds/other.service`]: { link: `${units}/real.service` },
    });
    expect(names).toEqual(["a.service", "b.service", "getty@tty1.service", "real.service"]);
  });

  test("are started by timers, sockets and paths, which say what they run", async () => {
    const found = await activityOf({
      ...system,
      [`${units}/daily.timer`]: "[Timer]\nOnCalendar=daily\nUnit=work.service\n",
      [`${units}/work.service`]: service("/work"),
      [`${units}/each.socket`]: "[Socket]\nListenStream=1\nAccept=yes\n",
      [`${units}/each@.service`]: service("/each"),
      [`${units}/idle.path`]: "[Path]\nPathExists=/x\n",
      [`${units}/idle.service`]: service("/idle"),
      ...wanted("daily.timer", "timers.target"),
      ...wanted("each.socket", "sockets.target"),
    });
    expect(found.map(({ name, enabled, runs }) => [name, enabled, runs])).toEqual([
      ["idle.path", false, "idle.service"],
      ["each@.service", true, "/each"],
      ["idle.service", false, "/idle"],
      ["work.service", true, "/work"],
      ["each.socket", true, "each@.service"],
      ["daily.timer", true, "work.service"],
    ]);
  });

  test("that are masked, by a link or an empty file, start nothing", async () => {
    const names = await enabledIn({
      ...system,
      [`${units}/a.service`]: "[Unit]\nRequires=behind.service\n[Service]\nExecStart=/a\n",
      [`${units}/b.service`]: service("/b"),
      [`${units}/behind.service`]: service("/behind"),
      [`${own}/a.service`]: { link: "/dev/null" },
      [`${own}/b.service`]: "",
      ...wanted("a.service"),
      ...wanted("b.service"),
    });
    expect(names).toEqual([]);
  });

  test("run what their drop-ins say, in the order of names, /etc before /usr", async () => {
    const found = await activityOf({
      ...system,
      [`${units}/web-app.service`]: service("/web \\\n  --quiet"),
      [`${units}/web-app.service.d/10-x.conf`]: "[Service]\nExecStart=/never\n",
      [`${own}/web-app.service.d/10-x.conf`]: "[Service]\nExecStart=\nExecStart=/other\n",
      [`${own}/web-.service.d/20.conf`]: "[Service]\nExecStartPre=/before\n",
      [`${own}/service.d/30.conf`]: "[Service]\nExecStartPost=/after\n",
      ...wanted("web-app.service"),
    });
    expect(found.map(({ runs }) => runs)).toEqual(["/before\n/other\n/after"]);
  });

  test("of /etc hide those of /usr, and the default target may be another", async () => {
    const found = await activityOf({
      ...system,
      [`${own}/default.target`]: { link: "/lib/systemd/system/rescue.target" },
      [`${units}/rescue.target`]: "[Unit]\nRequires=shell.service\n",
      [`${units}/shell.service`]: service("/bin/sulogin"),
      [`${own}/shell.service`]: service("/tmp/own"),
      [`${units}/on.service`]: service("/on"),
      ...wanted("on.service"),
    });
    expect(found.map(({ path, enabled, runs }) => [path, enabled, runs])).toEqual([
      [`${units}/on.service`, false, "/on"],
      [`${own}/shell.service`, true, "/tmp/own"],
    ]);
  });

  test("show no password of what they run", async () => {
    const [found] = await activityOf({
      ...system,
      [`${units}/x.service`]: service("/x --password=hunter22 https://me:open-sesame@example.org/"),
    });
    expect(found?.runs).toBe("/x --password=… https://me:…@example.org/");
  });

  test("of an image that attacks cost nothing: loops, fifos, templates without end", async () => {
    const names = await enabledIn({
      ...system,
      [`${units}/a.service`]: { link: "b.service" },
      [`${units}/b.service`]: { link: "a.service" },
      [`${units}/fifo.service`]: fifo,
      [`${units}/out.service`]: { link: "../../../../../../../../etc/passwd" },
      [`${units}/more@.service`]: "[Unit]\nWants=more@%i1.service\n[Service]\nExecStart=/more\n",
      [`${own}/multi-user.target.wants/more@1.service`]: { link: `${units}/more@.service` },
      ...wanted("a.service"),
      ...wanted("fifo.service"),
      ...wanted("out.service"),
    });
    expect(names.every((name) => name.startsWith("more@"))).toBe(true);
    expect(names.length).toBeLessThan(1000);
  });

  test("of users are left out, but who lingers is named, and generators are", async () => {
    const found = await activityOf({
      ...system,
      "/usr/lib/systemd/user/own.service": service("/own"),
      "/var/lib/systemd/linger/ada": "",
      "/etc/systemd/system-generators/early*": "#!/bin/sh\n",
      "/etc/systemd/system-generators/README": "text",
    });
    expect(found.map(({ kind, name, enabled }) => [kind, name, enabled])).toEqual([
      ["init", "/etc/systemd/system-generators/early", true],
      ["service", "user@ada.service", true],
    ]);
  });
});

describe("cron", () => {
  const tables: Record<string, Leaf> = {
    "/etc/crontab": "# m h\nSHELL=/bin/sh\n17 * * * * root cd / && run-parts /etc/cron.hourly\n",
    "/etc/cron.d/own": "@reboot ada /home/ada/start\n*/5 1-3 * jan mon,tue root x 50%\n",
    "/etc/cron.daily/tidy*": "#!/bin/sh\n",
    "/etc/cron.daily/.placeholder": "",
    "/var/spool/cron/crontabs/ada": "0 4 * * * curl -u me:hunter22 http://x\n",
    "/var/spool/cron/atjobs/a0001": "export SECRET=1\n",
    "/var/spool/cron/atjobs/.SEQ": "1",
  };
  const daemon = {
    [`${units}/cron.service`]: service("/usr/sbin/cron -f"),
    ...wanted("cron.service"),
  };

  test("runs lines of tables and programs in folders, where its daemon starts", async () => {
    const found = await activityOf({ ...system, ...tables, ...daemon });
    const cron = found.filter(({ kind }) => kind === "cron");
    expect(cron.map(({ name, enabled, runs }) => [name, enabled, runs])).toEqual([
      ["/etc/cron.d/own:1", true, "/home/ada/start"],
      ["/etc/cron.d/own:2", true, "x 50%"],
      ["/etc/cron.daily/tidy", true, "/etc/cron.daily/tidy"],
      ["/etc/crontab:3", true, "cd / && run-parts /etc/cron.hourly"],
      ["/var/spool/cron/atjobs/a0001", false, undefined],
      ["/var/spool/cron/crontabs/ada:1", true, "curl -u me:… http://x"],
    ]);
  });

  test("runs nothing where no daemon is", async () => {
    expect(await enabledIn({ ...system, ...tables })).toEqual([]);
  });

  test("of Alpine is OpenRC's to start", async () => {
    const names = await enabledIn({
      "/etc/init.d/crond*": "#!/sbin/openrc-run\n",
      "/etc/init.d/sshd*": "#!/sbin/openrc-run\n",
      "/etc/runlevels/default/crond": { link: "/etc/init.d/crond" },
      "/etc/crontabs/root": "0 2 * * * run-parts /etc/periodic/daily\n",
      "/etc/periodic/daily/own*": "#!/bin/sh\n",
      "/etc/inittab": "::sysinit:/sbin/openrc sysinit\n#::off\nttyS0::respawn:/sbin/getty ttyS0\n",
    });
    expect(names).toEqual([
      ...["/etc/crontabs/root:1", "/etc/periodic/daily/own"],
      ...["/etc/inittab:1", "/etc/inittab:3", "crond"],
    ]);
  });
});

test("init scripts start where a run level has them, and no unit takes their place", async () => {
  const names = await enabledIn({
    ...system,
    "/etc/init.d/old*": "#!/bin/sh\n",
    "/etc/init.d/clock.sh*": "#!/bin/sh\n",
    "/etc/init.d/idle*": "#!/bin/sh\n",
    "/etc/rc2.d/S01old": { link: "../init.d/old" },
    "/etc/rcS.d/S02clock.sh": { link: "../init.d/clock.sh" },
    "/etc/rc2.d/K01idle": { link: "../init.d/idle" },
    [`${units}/clock.service`]: { link: "/dev/null" },
    "/etc/rc.local*": "#!/bin/sh\n",
  });
  expect(names).toEqual(["/etc/rc.local", "old"]);
});
