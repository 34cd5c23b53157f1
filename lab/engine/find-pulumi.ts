import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/** Where the SDK's installer loads the command from. */
const installerHost = "get.pulumi.com";
const reachTimeout = 2_000;
const installTimeout = 120_000;

/** A usable `pulumi`, or why there is none. */
export type PulumiSearch =
  | { readonly command: PulumiCommand; readonly origin: "path" | "installed" }
  | { readonly reason: string };

/**
 * Looks for a `pulumi` on PATH, then for one that was installed under `root` before, then has the SDK install one
 * there. A place that cannot be reached costs two seconds, not a failure.
 */
export async function findPulumi(root: string): Promise<PulumiSearch> {
  const onPath = await attempt(() => PulumiCommand.get());
  if (onPath !== undefined) {
    return { command: onPath, origin: "path" };
  }
  const installed = await attempt(() => PulumiCommand.get({ root }));
  if (installed !== undefined) {
    return { command: installed, origin: "installed" };
  }
  if (!(await answers(installerHost))) {
    return {
      reason: `there is no pulumi command on PATH, and ${installerHost} cannot be reached to install one`,
    };
  }
  const fresh = await Promise.race([
    attempt(() => PulumiCommand.install({ root })),
    delay(installTimeout, undefined, { ref: false }),
  ]);
  return fresh === undefined
    ? { reason: "there is no pulumi command on PATH, and it could not be installed" }
    : { command: fresh, origin: "installed" };
}

async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch {
    return undefined;
  }
}

function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 443, timeout: reachTimeout });
    const finish = (isReached: boolean) => {
      socket.destroy();
      resolve(isReached);
    };
    socket.once("connect", () => finish(true));
    socket.once("timeout", () => finish(false));
    socket.once("error", () => finish(false));
  });
}
