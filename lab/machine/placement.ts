import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { LabError } from "../errors.ts";

/**
 * Checks that machines can live in a directory: sudo does not work on a nosuid file system, devices not on nodev.
 *
 * @throws LabError naming the mount and the way around it.
 */
export function requirePlace(directory: string): void {
  let existing = directory;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const obstacle = findObstacle(readFileSync("/proc/self/mountinfo", "utf8"), existing);
  if (obstacle === undefined) return;
  throw new LabError(
    `The lab cannot keep a machine in ${directory}: ${obstacle.mountPoint} is mounted ${obstacle.option}. ` +
      "Set BUILDX_LAB_DIRECTORY to a directory on another file system.",
  );
}

/** The mount a directory is on and the option that makes it unfit; undefined when it is fit. */
export function findObstacle(
  mountinfo: string,
  directory: string,
): { mountPoint: string; option: string } | undefined {
  let mountPoint = "";
  let options: string[] = [];
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    const point = fields[4] ?? "";
    const below = point === "/" || directory === point || directory.startsWith(`${point}/`);
    // Of two mounts on one point the later line is the one on top.
    if (point === "" || !below || point.length < mountPoint.length) continue;
    mountPoint = point;
    options = (fields[5] ?? "").split(",");
  }
  const option = ["nosuid", "nodev", "noexec"].find((unfit) => options.includes(unfit));
  return option === undefined ? undefined : { mountPoint, option };
}
