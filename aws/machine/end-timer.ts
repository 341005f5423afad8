import { tagKeys } from "../tags.ts";

/** Where a builder has what ends it; another folder for a test. */
export interface TimerPaths {
  state: string;
  program: string;
}

const paths: TimerPaths = {
  state: "/var/lib/ovenbird",
  program: "/usr/local/sbin/ovenbird-end",
};

/**
 * What a builder runs when it boots first: a service that powers it off when its time is up, which
 * ends it, whatever became of its bake and of every control plane. It is there again after a
 * reboot. A kept builder has its end later: the service reads a tag of the instance from the
 * metadata service, so that keeping needs nothing of the builder. Where that cannot be read, the
 * builder ends when its time is up. Steps with `host:` are root beside it and can stop it: the
 * sweep is for that.
 */
export const builderEnd = (hours: number): string => `#!/bin/sh
mkdir -p ${paths.state}
echo $(($(date +%s) + ${hours * 3600})) > ${paths.state}/end
cat > ${paths.program} << 'PROGRAM'
${endProgram(paths)}PROGRAM
chmod 0755 ${paths.program}
cat > /etc/systemd/system/ovenbird-end.service << 'UNIT'
[Unit]
Description=Ends this builder when its time is up

[Service]
ExecStart=${paths.program}
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now ovenbird-end.service || systemctl poweroff --force --force
`;

/** Waits for the end, a minute at a time, because the tag may come at any moment. */
export const endProgram = ({ state }: TimerPaths): string => `#!/bin/sh
# Powers off when the time in ${state}/end has come (seconds since the epoch), or later when the
# tag ${tagKeys.keepUntil} of this instance says so.
metadata=http://169.254.169.254/latest

kept_until() {
  token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token) || return
  until=$(curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" $metadata/meta-data/tags/instance/${tagKeys.keepUntil}) || return
  date -d "$until" +%s
}

while :; do
  end=$(cat ${state}/end)
  now=$(date +%s)
  if [ "$now" -ge "$end" ]; then
    kept=$(kept_until)
    [ "$now" -ge "\${kept:-0}" ] && systemctl poweroff --force --force
  fi
  sleep 60
done
`;

/**
 * What a test machine runs when it boots first, if the image takes user data (cloud-init does). An
 * image that does not is left to the release and to the sweep.
 */
export const testMachineEnd = (minutes: number): string => `#!/bin/sh
shutdown -P +${minutes} || { sleep ${minutes * 60}; poweroff -f; } > /dev/null 2>&1 &
`;
