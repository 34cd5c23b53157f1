import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type StandIn, startStandIn } from "./stand-in.ts";

let standIn: StandIn;
const path = "projects/acme%2Fshop/variables";

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.stop());

describe("a project's variables", () => {
  test("are created with GitLab's defaults, read, changed and removed", async () => {
    const created = {
      key: "REGISTRY_USER",
      value: "bot",
      variable_type: "env_var",
      protected: false,
      masked: false,
      hidden: false,
      raw: false,
      environment_scope: "*",
      description: null,
    };
    expect(await standIn.call("POST", path, { key: "REGISTRY_USER", value: "bot" })).toMatchObject({
      status: 201,
      body: created,
    });
    expect((await standIn.call("GET", `${path}/REGISTRY_USER`)).body).toEqual(created);
    const changed = await standIn.call("PUT", `${path}/REGISTRY_USER`, { value: "other", protected: true });
    expect(changed.body).toEqual({ ...created, value: "other", protected: true });
    expect((await standIn.call("DELETE", `${path}/REGISTRY_USER`)).status).toBe(204);
    expect(await standIn.call("GET", `${path}/REGISTRY_USER`)).toMatchObject({
      status: 404,
      body: { message: "404 Variable Not Found" },
    });
  });

  test.each(["short", "two words here", "two\nlines of it", "dollar$inside", ""])(
    "%j cannot be masked",
    async (value) => {
      expect(await standIn.call("POST", path, { key: "SECRET", value, masked: true })).toMatchObject({
        status: 400,
        body: { message: { value: ["is invalid"] } },
      });
      expect(standIn.gitlab.variables("acme/shop")).toEqual([]);
    },
  );

  test("that are raw may hold what would else be expanded, and still no space", async () => {
    const raw = { masked: true, raw: true };
    expect((await standIn.call("POST", path, { key: "A", value: "dollar$inside", ...raw })).status).toBe(201);
    expect((await standIn.call("POST", path, { key: "B", value: "two words here", ...raw })).status).toBe(
      400,
    );
  });

  test("that are hidden are masked too, and never shown again", async () => {
    const hidden = { key: "SECRET", value: "hidden-value", masked_and_hidden: true };
    expect(await standIn.call("POST", path, hidden)).toMatchObject({
      status: 201,
      body: { hidden: true, masked: true, value: null },
    });
    expect((await standIn.call("GET", path)).body).toMatchObject([{ key: "SECRET", value: null }]);
    expect(standIn.gitlab.variables("acme/shop")).toMatchObject([{ value: "hidden-value" }]);
    expect((await standIn.call("PUT", `${path}/SECRET`, { masked: false })).status).toBe(400);
  });

  test("of one key are told apart by environment", async () => {
    for (const environment_scope of ["staging", "production"]) {
      await standIn.call("POST", path, { key: "HOST", value: environment_scope, environment_scope });
    }
    expect(await standIn.call("GET", `${path}/HOST`)).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("filter[environment_scope]") },
    });
    const production = `${path}/HOST?filter[environment_scope]=production`;
    expect((await standIn.call("GET", production)).body).toMatchObject({ value: "production" });
    await standIn.call("DELETE", production);
    expect(standIn.gitlab.variables("acme/shop")).toMatchObject([{ environmentScope: "staging" }]);
  });

  test.each([
    [{ value: "x" }, { error: "key is missing" }],
    [{ key: "WITH-DASH", value: "x" }, { message: { key: ["can contain only letters, digits and '_'."] } }],
    [
      { key: "A", value: "x", variable_type: "other" },
      { error: "variable_type does not have a valid value" },
    ],
    [{ key: "A", value: "x", masked: "maybe" }, { error: "masked is invalid" }],
  ])("are not made from %j", async (parameters, body) => {
    expect(await standIn.call("POST", path, parameters)).toMatchObject({ status: 400, body });
  });

  test("are unique", async () => {
    await standIn.call("POST", path, { key: "TWICE", value: "1" });
    expect(await standIn.call("POST", path, { key: "TWICE", value: "2" })).toMatchObject({
      status: 400,
      body: { message: { key: ["(TWICE) has already been taken"] } },
    });
  });

  test("come as a form as well", async () => {
    const response = await fetch(`${standIn.gitlab.apiUrl}${path}`, {
      method: "POST",
      headers: { "private-token": standIn.gitlab.adminToken },
      body: new URLSearchParams({ key: "FORM", value: "from a form", protected: "true" }),
    });
    expect(response.status).toBe(201);
    expect(standIn.gitlab.variables("acme/shop")).toMatchObject([{ key: "FORM", protected: true }]);
  });
});
