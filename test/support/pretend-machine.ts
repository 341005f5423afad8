import { join } from "node:path";

const answer = join(import.meta.dirname, "programs/answer.ts");

/**
 * Runs what comes after it on a machine of its own making, as far as the network can tell: with an
 * address on a local network, and another machine there that has a cloud's metadata addresses. Both
 * have the services of programs/answer.ts. Nothing of this is seen by the real machine. Arguments:
 * a folder of the test's own, Node, the services' program, and what to run.
 */
const script = `
set -e
folder=$0 node=$1 answer=$2
shift 2
serve() { "$@" "$node" "$answer" < /dev/null > "$folder/ready" & while ! [ -s "$folder/ready" ]; do sleep 0.05; done; : > "$folder/ready"; }
ip link set lo up
serve unshare --net sh -c 'ip link set lo up; exec "$@"' sh
far=$!
ip link add eth0 type veth peer name far
ip link set far netns /proc/$far/ns/net
there() { nsenter --net=/proc/$far/ns/net ip "$@"; }
there link set far name eth0 up
there addr add 198.51.100.2/24 dev eth0
there addr add 169.254.169.254/16 dev eth0
there addr add fd00:ec2::254/64 dev eth0 nodad
ip link set eth0 up
ip addr add 198.51.100.1/24 dev eth0
ip addr add 203.0.113.7/32 dev lo
ip addr add fd00:ec2::1/64 dev eth0 nodad
ip route add 169.254.0.0/16 dev eth0
ip route add default via 198.51.100.2
serve env
echo 'nameserver 198.51.100.2' > "$folder/resolv.conf"
mount --bind "$folder/resolv.conf" /etc/resolv.conf

exec "$@"
`;

export const pretendMachine = (folder: string): string[] => [
  ...["unshare", "--net", "sh", "-c", script, folder],
  ...[process.execPath, answer],
];
