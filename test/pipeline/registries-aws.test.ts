/** ECR for real: the pipeline's script and AWS's own client against services that check its signatures. */
import { afterEach, describe, expect, test } from "vitest";
import {
  attempt,
  commandLinesSeen,
  ECR_PASSWORD,
  ecr,
  fails,
  has,
  logsIn,
  shells,
  start,
  stop,
} from "./support/clouds.ts";

afterEach(stop);

describe.skipIf(!has("aws")).each(shells)("ECR, with %s", (shell) => {
  test("takes a password by the role", async () => {
    await start();
    logsIn(
      await attempt(ecr, { shell }),
      "AWS",
      ECR_PASSWORD,
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    );
    // Whoever looked at the processes saw the client, so it would have seen a token among its arguments.
    expect(commandLinesSeen()).toMatch(/aws ecr get-login-password/);
  });
});

describe.skipIf(!has("aws"))("ECR", () => {
  const shell = shells.at(-1) ?? "sh";

  test("refuses another audience, in AWS's words", async () => {
    await start();
    const run = await attempt(ecr, { shell, audience: "https://gitlab.example.com" });
    fails(run, /123456789012/);
    expect(run.stderr).toContain("Incorrect token audience");
  });

  test("refuses a token that has expired", async () => {
    await start();
    const run = await attempt(ecr, { shell, lifetime: -60 });
    fails(run, /123456789012/);
    expect(run.stderr).toContain("ExpiredToken");
  });

  test("says that nobody answers", async () => {
    const url = await start();
    await stop();
    const run = await attempt(ecr, { shell, url });
    fails(run, /123456789012/);
    expect(run.stderr).toMatch(/Could not connect/);
  });

  test("refuses a request that was signed for another region", async () => {
    await start();
    const elsewhere = { ecr: { ...ecr.ecr, image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop" } };
    const run = await attempt(elsewhere, { shell });
    fails(run, /us-east-1/);
    expect(run.stderr).toContain("Credential should be scoped to a valid region");
  });

  test.each(["{}", '<html lang="en"></html>'])("does not log in by the answer '%s'", async (body) => {
    await start(() => ({ status: 200, type: "application/json", body }));
    fails(await attempt(ecr, { shell }), /123456789012/);
  });

  test("does not log in by a password that holds a command", async () => {
    const authorizationToken = Buffer.from("AWS:$(touch pwned) `touch pwned`").toString("base64");
    const body = JSON.stringify({ authorizationData: [{ authorizationToken }] });
    await start((request) =>
      request.headers["x-amz-target"] === undefined
        ? undefined
        : { status: 200, type: "application/x-amz-json-1.1", body },
    );
    fails(await attempt(ecr, { shell }), /the answer holds none/);
  });
});
