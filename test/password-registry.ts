import type { ConfigEntry } from "../lab/engine/index.ts";
import { type Lab, PROJECT, USER } from "../lab/lab.ts";

/** The lab project's registry as any other one: the stack sets variables for the user and the password that push there. */
export const passwordRegistry = ({ registry, token }: Pick<Lab, "registry" | "token">): ConfigEntry[] => [
  {
    key: "buildx-runners:projects[0].registry",
    value: { image: `${registry.address}/${PROJECT}`, user: USER },
  },
  { key: "buildx-runners:projects[0].registry.password", value: token, secret: true },
];
