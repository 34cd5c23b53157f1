import { expect, test } from "vitest";
import { findObstacle } from "../../../lab/machine/placement.ts";

const mountinfo = [
  "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
  "30 22 254:1 / /home rw,nosuid,nodev,relatime shared:2 - ext4 /dev/vdb rw",
  "31 30 254:2 / /home/ada/work rw,relatime - ext4 /dev/vdc rw",
  "32 22 0:40 / /mnt rw,relatime - tmpfs tmpfs rw",
  "33 32 0:41 / /mnt rw,nodev,relatime - tmpfs tmpfs rw",
].join("\n");

test("a machine can live wherever programs may change their user", () => {
  expect(findObstacle(mountinfo, "/srv/lab")).toBeUndefined();
  expect(findObstacle(mountinfo, "/homework/lab")).toBeUndefined();
  expect(findObstacle(mountinfo, "/home/ada/work/.lab")).toBeUndefined();
});

test("names the mount and the option that stand in the way", () => {
  expect(findObstacle(mountinfo, "/home/ada/.lab")).toEqual({ mountPoint: "/home", option: "nosuid" });
  expect(findObstacle(mountinfo, "/mnt/lab")).toEqual({ mountPoint: "/mnt", option: "nodev" });
});
