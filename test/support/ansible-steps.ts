import type { AnsibleStep } from "../../core/step.ts";

/** An ansible step, with what a recipe would give it when it says nothing. */
export const ansible = (name: string, more: Partial<AnsibleStep> = {}): AnsibleStep => ({
  ...{ kind: "ansible", name, timeout: 120, folder: "ansible", playbook: `${name}.yaml` },
  ...{ groups: [], extraVars: {}, tags: [], skipTags: [], verbosity: 0 },
  ...more,
});

/** What a program finds of the limits it runs in; BusyBox and GNU print it alike. */
export const limits = `#!/bin/sh
grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
cat /proc/self/cgroup /proc/self/oom_score_adj /proc/cmdline /proc/1/comm
cat /proc/sys/kernel/random/boot_id
readlink /proc/self/ns/net
hostname
for path in /sys/* /sys/class/* /dev/*; do echo "$path"; done
`;

/** Tells of all it reaches: each line is a way out, but for the first two. */
export const reach = `#!/bin/sh
test -e /recipe/ansible/reach.sh && echo its folder
test -e /image/etc/passwd && echo the image
for path in /etc/shadow /etc/ssh /etc/ssl/private /home /var /srv /opt /boot /mnt /etc/hostname; do
  test -e "$path" && echo "$path"
done
test -e "$FOLDER" && echo "$FOLDER"
for path in / /usr /etc /recipe/ansible /run /run/secrets /run/ovenbird /proc/sys/kernel; do
  touch "$path/ovenbird-test" && echo "wrote to $path"
done
grep -l node /proc/[0-9]*/comm
mknod /tmp/disk b 8 0 && echo made a node
mount -t tmpfs none /tmp && echo mounted
python3 -c 'import socket; socket.create_connection(("127.0.0.1", int("'$PORT'")), 2)' && echo loopback
true
`;

/** A folder of playbooks, by path. */
export const playbooks: Record<string, string> = {
  "ansible/reach.sh": reach,
  "ansible/limits.sh": limits,
  "ansible/group_vars/appserver.yaml": "place: the group\n",
  "ansible/roles.yaml": "- { hosts: appserver, become: true, roles: [greeter] }\n",
  "ansible/roles/greeter/defaults/main.yaml": "{ greeting: unset, place: unset }\n",
  "ansible/roles/greeter/tasks/main.yaml": `
- template: { src: hello.j2, dest: /etc/hello, mode: "0640" }
  notify: tell
- copy: { content: "{{ token }}", dest: /etc/token }
- copy: { content: x, dest: /etc/skipped }
  tags: unwanted
- debug: { msg: "the token is {{ token }}" }
`,
  "ansible/roles/greeter/handlers/main.yaml": `
- name: tell
  lineinfile: { path: /etc/hello, line: the handler ran }
`,
  "ansible/roles/greeter/templates/hello.j2":
    "{{ greeting }} from {{ place }}, by Python {{ ansible_python.version.major }}\n",
  "ansible/roles/by-name/tasks/main.yaml":
    "- copy: { content: '{{ found }} {{ group_names }}', dest: /run/by-name }\n",
  "ansible/group_vars/by-name.yaml": "found: its variables\n",
  "ansible/hostile.yaml": `
- hosts: image
  gather_facts: false
  tasks:
    - command: sh /recipe/ansible/reach.sh
      delegate_to: localhost
      register: delegated
    - script: limits.sh
      register: module
    - copy:
        dest: /run/found
        content:
          by_lookup: "{{ lookup('pipe', 'sh /recipe/ansible/reach.sh') }}"
          by_delegation: "{{ delegated.stdout }}"
          limits: "{{ lookup('pipe', 'sh /recipe/ansible/limits.sh') }}"
          limits_of_module: "{{ module.stdout | trim }}"
- hosts: localhost
  gather_facts: false
  tasks:
    - copy: { dest: /etc/ovenbird-test, content: x }
      ignore_errors: true
    - debug: { msg: "{{ lookup('file', '/etc/shadow') }}" }
      ignore_errors: true
`,
  "ansible/failing.yaml": `
- hosts: all
  gather_facts: false
  tasks:
    - name: What is ignored
      command: "false"
      ignore_errors: true
    - name: Ask for what cannot be
      fail: { msg: "it says {{ lookup('file', '/run/secrets/TOKEN') }}" }
`,
};
