import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkVariables } from "../../lab/trigger.ts";
import { type StandIn, startStandIn } from "./gitlab/stand-in.ts";

describe("variables of a pipeline", () => {
  let standIn: StandIn;
  const settings = () => standIn.gitlab.project("acme/shop").settings;
  const check = (username: string, key = "TARGET") =>
    checkVariables(standIn.gitlab, standIn.gitlab.project("acme/shop"), username, [{ key, value: "1.2" }]);

  beforeAll(async () => {
    standIn = await startStandIn();
    standIn.gitlab.createUser("dev", { "acme/shop": "developer" });
    standIn.gitlab.createUser("main", { "acme/shop": "maintainer" });
  });
  afterAll(() => standIn.stop());

  test("are a Developer's to give, as in a new project of a GitLab of one's own", () => {
    expect(() => check("dev")).not.toThrow();
  });

  test("are refused to users below the project's minimum role", () => {
    settings().ci_pipeline_variables_minimum_override_role = "maintainer";
    expect(() => check("dev")).toThrow("acme/shop: Insufficient permissions to set pipeline variables");
    expect(() => check("main")).not.toThrow();
    settings().ci_pipeline_variables_minimum_override_role = "no_one_allowed";
    expect(() => check("root")).toThrow("Insufficient permissions");
  });
});
