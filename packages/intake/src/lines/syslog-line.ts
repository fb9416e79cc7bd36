/** `Nov 24 06:00:00 web-1 nginx[17]: ` (RFC 3164), with the priority in front or without. */
const BSD =
  /^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^\s[\]":]{1,255} )?[\w./-]{1,48}(?:\[\d{1,10}\])?: /;
/** The same with the time as rsyslog and journald write it. */
const ISO =
  /^(?:<\d{1,3}>)?\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d) [^\s[\]"]{1,255} [\w./-]{1,48}(?:\[\d{1,10}\])?: /;
/** `<190>1 2026-11-24T06:00:00Z web-1 nginx 17 - - ` (RFC 5424). */
const RFC5424 = /^<\d{1,3}>1 \S{1,40} \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:-|(?:\[[^\]]{0,1024}\]){1,8}) \uFEFF?/;

/** The line that a program wrote, out of one that came through syslog; a line in any other format as it is. */
export function insideSyslogLine(line: string): string {
  const first = line.charCodeAt(0);
  const isPriority = first === 60;
  const isDate = line.charCodeAt(4) === 45 && line.charCodeAt(7) === 45;
  const isMonth = first >= 65 && first <= 90 && line.charCodeAt(3) === 32;
  if (!isPriority && !isDate && !isMonth) return line;
  const head = (isPriority ? RFC5424.exec(line) : null) ?? BSD.exec(line) ?? ISO.exec(line);
  return head === null ? line : line.slice(head[0].length);
}
