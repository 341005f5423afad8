/** Whether a setting says yes, in the words of apt, dnf and zypper. */
export const isYes = (value: string | undefined): boolean =>
  /^(?:1|yes|true|on|with|enable|enabled)$/i.test(value?.trim() ?? "");

/** Whether a setting says no. */
export const isNo = (value: string | undefined): boolean =>
  /^(?:0|no|false|off|without|disable|disabled|never)$/i.test(value?.trim() ?? "");
