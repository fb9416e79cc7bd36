export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Every run starts here: a Monday, 00:00 UTC. */
export const RUN_START_MS = Date.UTC(2026, 1, 2);

/** Hour of the day, with fraction, in a zone that is `offsetHours` east of UTC. */
function hourOfDay(atMs: number, offsetHours: number): number {
  return (((atMs / HOUR + offsetHours) % 24) + 24) % 24;
}

/** 0 is Monday. */
function dayOfWeek(atMs: number, offsetHours: number): number {
  return Math.floor((((atMs - RUN_START_MS) / HOUR + offsetHours) / 24 + 700) % 7);
}

/** Shape of a day on the web, 0 to 1: quiet at night, a rise from seven, a dent at noon, a peak in the evening. */
export function consumerActivity(atMs: number, offsetHours: number): number {
  const hour = hourOfDay(atMs, offsetHours);
  const night = hour < 6 ? 0.08 : 0;
  const day = hour >= 6 ? 0.25 + 0.45 * bump(hour, 11, 3) + 0.7 * bump(hour, 20, 2.6) : 0;
  const weekend = dayOfWeek(atMs, offsetHours) >= 5 ? 1.2 : 1;
  return Math.min(1, (night + day) * weekend);
}

/** Shape of a working day, 0 to 1: offices open at nine, few people at weekends. */
export function officeActivity(atMs: number, offsetHours: number): number {
  const hour = hourOfDay(atMs, offsetHours);
  const weekend = dayOfWeek(atMs, offsetHours) >= 5 ? 0.12 : 1;
  return (0.03 + 0.95 * Math.max(bump(hour, 9.6, 1.3), bump(hour, 14.5, 2.2))) * weekend;
}

function bump(hour: number, centre: number, width: number): number {
  const distance = Math.min(Math.abs(hour - centre), 24 - Math.abs(hour - centre)) / width;
  return Math.exp(-0.5 * distance * distance);
}
