/** When machines run, in words and in hours. */
import { Cron } from "croner";

/** Machines that are wanted for some hours from each of the times that a cron expression names. */
export interface Shift {
  readonly start: string;
  readonly hours: number;
  readonly timeZone: string;
  readonly size: number;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** `1-5` as `Mon-Fri`; undefined for what is better read as it is. */
function daysOf(field: string): string | undefined {
  if (field === "*") return "every day";
  const parts = field.split(",").map((part) => {
    const [from, to] = part.split("-").map((day) => DAYS[Number(day)]);
    if (from === undefined || (part.includes("-") && to === undefined)) return undefined;
    return to === undefined ? from : `${from}-${to}`;
  });
  return parts.includes(undefined) ? undefined : parts.join(", ");
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

const hosts = (count: number): string => (count === 1 ? "1 host" : `${count} hosts`);

/**
 * @example
 * shiftInWords({ start: "0 7 * * 1-5", hours: 12, timeZone: "Europe/Berlin", size: 4 });
 * // "Mon-Fri 07:00-19:00 Europe/Berlin: 4 hosts"
 */
export function shiftInWords({ start, hours, timeZone, size }: Shift): string {
  const [minute = "", hour = "", day, month, weekday = ""] = start.split(" ");
  const days = day === "*" && month === "*" ? daysOf(weekday) : undefined;
  if (days === undefined || !/^\d+$/.test(minute) || !/^\d+$/.test(hour))
    return `at \`${start}\` ${timeZone}, for ${hours} h: ${hosts(size)}`;
  const from = Number(hour) * 60 + Number(minute);
  const to = from + Math.round(hours * 60);
  const length = hours >= 24 ? ` for ${hours} h` : `-${clock(to)}`;
  return `${days} ${clock(from)}${length} ${timeZone}: ${hosts(size)}`;
}

/**
 * Minutes of an autoscaler's idle policy.
 *
 * @example
 * periodInWords("* 8-17 * * 1-5"); // "Mon-Fri 08:00-17:59"
 */
export function periodInWords(period: string): string {
  if (period === "* * * * *") return "always";
  const [minute, hour = "", day, month, weekday = ""] = period.split(" ");
  const days = day === "*" && month === "*" && minute === "*" ? daysOf(weekday) : undefined;
  const [from, to = from] = hour === "*" ? [0, 23] : hour.split("-").map(Number);
  if (days === undefined || from === undefined || to === undefined || Number.isNaN(from + to))
    return `\`${period}\``;
  return `${days} ${clock(from * 60)}-${clock(to * 60 + 59)}`;
}

const HOUR = 3_600_000;
const WEEK = 7 * 24;
/** A Monday in a week without a change of clocks; expressions that name a month or a day may have no start in it. */
const MONDAY = Date.UTC(2024, 0, 8);

/** Whether a week says it all: no start is on a day of the month or in a month of its own. */
const isWeekly = ({ start }: Shift): boolean => / \* \* \S+$/.test(start);

/** In hours from Monday; those of the week before, which may last into this one, have a minus. */
function startsOf({ start, timeZone }: Shift): number[] {
  const cron = new Cron(start, { paused: true, timezone: timeZone });
  const starts: number[] = [];
  let at = cron.nextRun(new Date(MONDAY - WEEK * HOUR - 1));
  while (at !== null && at.getTime() < MONDAY + WEEK * HOUR) {
    starts.push((at.getTime() - MONDAY) / HOUR);
    at = cron.nextRun(at);
  }
  return starts;
}

/**
 * Hours in a week, summed over machines; where shifts overlap, the larger one counts, as it does for Google.
 *
 * @returns undefined where weeks differ.
 * @see https://cloud.google.com/compute/docs/autoscaler/scaling-schedules
 */
export function machineHours(shifts: readonly Shift[]): number | undefined {
  if (!shifts.every(isWeekly)) return undefined;
  const spans = shifts.flatMap((shift) =>
    startsOf(shift).map((from) => ({
      from: Math.max(0, from),
      to: Math.min(WEEK, from + shift.hours),
      size: shift.size,
    })),
  );
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  return edges.slice(1).reduce((sum, to, index) => {
    const from = edges[index] ?? to;
    const sizes = spans.filter((span) => span.from <= from && span.to >= to).map(({ size }) => size);
    return sum + (to - from) * Math.max(0, ...sizes);
  }, 0);
}

/** Hours in a week. */
export const HOURS_OF_A_WEEK = WEEK;
