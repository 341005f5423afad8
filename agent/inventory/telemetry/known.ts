import { asksForConnectivity } from "./connectivity.ts";
import { environmentValue, iniSections, iniValue, isNo, isYes, shellValue } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** A program that is known to tell its maker, or somebody else, of the machine that it runs on. */
export interface KnownTelemetry {
  name: string;
  /** Any of these tells that it is there; one `*` in the last name stands for anything. */
  signs: readonly string[];
  /** Whether it would send, as set in the image or by default; `sign` is what was found. */
  isActive(settings: Settings, sign: string): boolean;
  /** How to turn it off: a sentence. */
  remedy: string;
  /** Whether each sign is told of by itself, if it is active; otherwise the first stands for all. */
  each?: boolean;
}

const optOut = (variable: string) => (settings: Settings) =>
  !isYes(environmentValue(settings, variable));

const popularityContest = "/etc/popularity-contest.conf";
const userUnits = ["/etc/systemd/user", "/usr/lib/systemd/user"];

/** Sections of a repository's file that are counted by who asks for them. */
const isCounted = ({ files }: Settings, path: string): boolean =>
  iniSections(files.text(path) ?? "").some(
    ({ section, values }) =>
      section !== "" && isYes(values.get("countme")) && !isNo(values.get("enabled")),
  );

/**
 * Signs and settings of popularity-contest, waagent, netdata, fwupd and NetworkManager are those of
 * Debian 12's packages. The others are not in Debian, and were not compared with their makers'.
 *
 * Not here, as they send nothing of their own accord, or only to whom the image's owner chose: apt,
 * snapd (its refreshes name the machine, as any update's request does), systemd-coredump, apport
 * without whoopsie, needrestart, npm and Homebrew (the latter is not part of machine images), the
 * agents by which a cloud account manages its own machines (amazon-ssm-agent, CloudWatch's,
 * google-guest-agent and google-osconfig-agent), and cloud-init's pollinate, which asks for random bytes.
 */
export const knownTelemetry: readonly KnownTelemetry[] = [
  {
    name: "popularity-contest",
    signs: ["/usr/sbin/popularity-contest", popularityContest],
    isActive: (settings) =>
      settings.files.find("/usr/sbin/popularity-contest") !== undefined &&
      isTold(shellValue(settings, popularityContest, "PARTICIPATE")),
    remedy: `Set PARTICIPATE="no" in ${popularityContest}, or remove the package popularity-contest.`,
  },
  {
    name: "ubuntu-report",
    signs: ["/usr/bin/ubuntu-report"],
    isActive: ({ files }) =>
      userUnits.some((folder) =>
        files
          .names(folder)
          .filter((name) => name.endsWith(".wants"))
          .some((name) =>
            files.names(`${folder}/${name}`).some((unit) => unit.startsWith("ubuntu-report")),
          ),
      ),
    remedy: "Remove the package ubuntu-report.",
  },
  {
    name: "motd-news",
    signs: ["/etc/update-motd.d/50-motd-news"],
    isActive: (settings, sign) =>
      isRun(settings, sign) && shellValue(settings, "/etc/default/motd-news", "ENABLED") === "1",
    remedy: "Set ENABLED=0 in /etc/default/motd-news.",
  },
  {
    name: "whoopsie",
    signs: ["/usr/bin/whoopsie"],
    isActive: (settings) =>
      settings.isStarted("whoopsie.service", "whoopsie.path") &&
      !isNo(shellValue(settings, "/etc/default/whoopsie", "report_crashes")) &&
      !isNo(iniValue(settings, "/etc/whoopsie", "General", "report_metrics")),
    remedy: "Mask whoopsie.path and whoopsie.service, or remove the package whoopsie.",
  },
  {
    name: "ubuntu-pro apt-news",
    signs: ["/usr/lib/systemd/system/apt-news.service", "/lib/systemd/system/apt-news.service"],
    isActive: ({ files }) =>
      !isMasked(files, "apt-news.service") &&
      !/"apt_news"\s*:\s*false/.test(
        files.text("/var/lib/ubuntu-advantage/user-config.json") ?? "",
      ),
    remedy: "Run `pro config set apt_news=false` in a step, or mask apt-news.service.",
  },
  {
    name: "canonical-livepatch",
    signs: ["/var/lib/snapd/snaps/canonical-livepatch_*", "/snap/bin/canonical-livepatch"],
    isActive: ({ isStarted }) => isStarted("snap.canonical-livepatch.canonical-livepatchd.service"),
    remedy: "Remove the snap canonical-livepatch.",
  },
  {
    name: "landscape-client",
    signs: ["/usr/bin/landscape-client"],
    isActive: (settings) =>
      settings.isStarted("landscape-client.service") &&
      (iniValue(settings, "/etc/landscape/client.conf", "client", "account_name") ?? "") !== "",
    remedy: "Disable landscape-client.service, or remove the package landscape-client.",
  },
  {
    name: "dnf countme",
    signs: ["/etc/yum.repos.d/*.repo", "/etc/dnf/repos.d/*.repo", "/usr/share/dnf5/repos.d/*.repo"],
    each: true,
    isActive: isCounted,
    remedy: "Set countme=0 in the repository's file.",
  },
  {
    name: "rpm-ostree countme",
    signs: ["/usr/lib/systemd/system/rpm-ostree-countme.timer"],
    isActive: ({ isStarted }) => isStarted("rpm-ostree-countme.timer"),
    remedy: "Mask rpm-ostree-countme.timer.",
  },
  {
    name: "abrt",
    signs: ["/usr/sbin/abrtd"],
    isActive: (settings) =>
      settings.isStarted("abrtd.service") &&
      isYes(iniValue(settings, "/etc/abrt/abrt.conf", "", "AutoreportingEnabled")),
    remedy: "Set AutoreportingEnabled = no in /etc/abrt/abrt.conf, or remove the package abrt.",
  },
  {
    name: "insights-client",
    signs: ["/usr/bin/insights-client"],
    isActive: ({ files, isStarted }) =>
      isStarted("insights-client.timer") ||
      files.find("/etc/insights-client/.registered") !== undefined,
    remedy: "Run `insights-client --unregister` in a step, or remove the package insights-client.",
  },
  {
    name: "waagent",
    signs: ["/usr/sbin/waagent"],
    isActive: (settings) =>
      settings.isStarted("waagent.service", "walinuxagent.service") &&
      !isNo(shellValue(settings, "/etc/waagent.conf", String.raw`Logs\.Collect`)),
    remedy: "Set Logs.Collect=n in /etc/waagent.conf, or disable its service outside of Azure.",
  },
  {
    name: ".NET SDK",
    signs: ["/usr/share/dotnet/sdk/*", "/usr/lib/dotnet/sdk/*", "/usr/lib64/dotnet/sdk/*"],
    isActive: optOut("DOTNET_CLI_TELEMETRY_OPTOUT"),
    remedy: "Set DOTNET_CLI_TELEMETRY_OPTOUT=1 in /etc/environment.",
  },
  {
    name: "PowerShell",
    signs: ["/opt/microsoft/powershell/*", "/usr/bin/pwsh"],
    isActive: optOut("POWERSHELL_TELEMETRY_OPTOUT"),
    remedy: "Set POWERSHELL_TELEMETRY_OPTOUT=1 in /etc/environment.",
  },
  {
    name: "Azure CLI",
    signs: ["/usr/bin/az"],
    isActive: (settings) =>
      !isNo(environmentValue(settings, "AZURE_CORE_COLLECT_TELEMETRY")) &&
      !isNo(iniValue(settings, "/root/.azure/config", "core", "collect_telemetry")),
    remedy: "Set AZURE_CORE_COLLECT_TELEMETRY=0 in /etc/environment.",
  },
  {
    name: "netdata",
    signs: ["/usr/sbin/netdata", "/opt/netdata/bin/netdata"],
    isActive: (settings) =>
      settings.files.find("/etc/netdata/.opt-out-from-anonymous-statistics") === undefined &&
      settings.isStarted("netdata.service"),
    remedy: "Make an empty file /etc/netdata/.opt-out-from-anonymous-statistics.",
  },
  {
    name: "Grafana",
    signs: ["/usr/sbin/grafana-server", "/usr/share/grafana/bin/grafana"],
    isActive: (settings) =>
      settings.isStarted("grafana-server.service") &&
      !isNo(iniValue(settings, "/etc/grafana/grafana.ini", "analytics", "reporting_enabled")),
    remedy: "Set reporting_enabled = false under [analytics] in /etc/grafana/grafana.ini.",
  },
  {
    name: "fwupd reports",
    signs: ["/etc/fwupd/remotes.d/lvfs.conf"],
    isActive: (settings, sign) =>
      isYes(iniValue(settings, sign, "fwupd Remote", "AutomaticReports")) ||
      isYes(iniValue(settings, sign, "fwupd Remote", "AutomaticSecurityReports")),
    remedy: "Set AutomaticReports=false in /etc/fwupd/remotes.d/lvfs.conf.",
  },
  {
    name: "NetworkManager connectivity check",
    signs: ["/etc/NetworkManager/conf.d/*.conf", "/usr/lib/NetworkManager/conf.d/*.conf"],
    each: true,
    isActive: (settings, sign) =>
      settings.isStarted("NetworkManager.service") && asksForConnectivity(settings, sign),
    remedy: "Put [connectivity] with enabled=false into a file in /etc/NetworkManager/conf.d.",
  },
];

/** As its cron job asks: whatever is there and is not `no`. */
const isTold = (participate = ""): boolean => participate !== "" && participate !== "no";

const isRun = ({ files }: Settings, path: string): boolean => {
  const file = files.find(path);
  return file?.type === "file" && /[1357]/.test(file.mode.slice(1));
};

const isMasked = (files: Settings["files"], unit: string): boolean => {
  const link = files.findLink(`/etc/systemd/system/${unit}`);
  return link?.type === "link" && link.target === "/dev/null";
};
