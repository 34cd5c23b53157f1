import { describe, expect, it } from "vitest";
import { machineHours, periodInWords, shiftInWords } from "../../render/schedule.ts";

const shift = { start: "0 7 * * 1-5", hours: 12, timeZone: "Europe/Berlin", size: 4 };

describe("a shift", () => {
  it.each([
    [shift, "Mon-Fri 07:00-19:00 Europe/Berlin: 4 hosts"],
    [{ ...shift, size: 1, start: "30 22 * * *", hours: 9.5 }, "every day 22:30-08:00 Europe/Berlin: 1 host"],
    [{ ...shift, start: "0 0 * * 6,0", hours: 24 }, "Sat, Sun 00:00 for 24 h Europe/Berlin: 4 hosts"],
    [{ ...shift, start: "0 7 1 * *" }, "at `0 7 1 * *` Europe/Berlin, for 12 h: 4 hosts"],
    [{ ...shift, start: "0 */6 * * *", hours: 1 }, "at `0 */6 * * *` Europe/Berlin, for 1 h: 4 hosts"],
    [{ ...shift, start: "0 7 * * MON" }, "at `0 7 * * MON` Europe/Berlin, for 12 h: 4 hosts"],
  ])("%j is read as %s", (one, words) => {
    expect(shiftInWords(one)).toBe(words);
  });

  it("has hours, and machines that run in them", () => {
    expect(machineHours([shift])).toBe(5 * 12 * 4);
    expect(machineHours([{ ...shift, start: "0 0 * * *", hours: 24 }])).toBe(7 * 24 * 4);
  });

  it("goes over the end of the week", () => {
    expect(machineHours([{ ...shift, start: "0 20 * * 0", hours: 12, size: 1 }])).toBe(12);
  });

  it("counts once where it overlaps with another, by the larger one", () => {
    const core = { ...shift, start: "0 9 * * 1-5", hours: 2, size: 10 };
    expect(machineHours([shift, core])).toBe(5 * (10 * 4 + 2 * 10));
  });

  it("says nothing of weeks that differ", () => {
    expect(machineHours([{ ...shift, start: "0 7 1 * *" }])).toBeUndefined();
  });
});

describe("an idle period", () => {
  it.each([
    ["* * * * *", "always"],
    ["* 8-17 * * 1-5", "Mon-Fri 08:00-17:59"],
    ["* 9 * * *", "every day 09:00-09:59"],
    ["* * * * 6,0", "Sat, Sun 00:00-23:59"],
    ["0-30 8 * * *", "`0-30 8 * * *`"],
    ["* 8-17 1 * *", "`* 8-17 1 * *`"],
  ])("%s is read as %s", (period, words) => {
    expect(periodInWords(period)).toBe(words);
  });
});
