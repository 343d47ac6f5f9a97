import assert from "node:assert/strict";
import { describePage } from "../support/page-fixture.ts";
import { diabetes, feature } from "../support/packages.ts";

describePage("fields of texts and times", (on) => {
  it("takes a text in a field of several lines, and keeps it in the address", async () => {
    const review = feature("Review", { type: "text", observed: null, max_length: 60 });
    const pack = { ...diabetes, features: [review], example: { Review: "Great staff" } };
    on.api.replies["/model"] = { body: pack };
    await on.openForm();
    const field = on.field("Review");
    assert.equal(await on.page.locator("textarea").count(), 1);
    assert.equal(await field.inputValue(), "Great staff");
    await field.fill('Très bien 😀\nand "quiet" & clean');
    await on.predict("Élevé");
    const sent = { Review: 'Très bien 😀\nand "quiet" & clean' };
    assert.deepEqual(JSON.parse(on.api.seen.at(-1)?.body ?? ""), sent);
    await on.page.waitForURL((url) => url.hash.includes("quiet"));
    await on.page.reload();
    await on.button("Predict").waitFor();
    assert.equal(await on.field("Review").inputValue(), sent.Review);
    assert.deepEqual(on.complaints, []);
  });

  it("takes a date in a date's field, a time in a time's, and keeps both in the address", async () => {
    const seen = { min: "2024-01-01", max: "2025-12-31T22:00:00", median: "2025-01-01" };
    const features = [
      feature("Booked", {
        type: "datetime",
        observed: null,
        datetime: { ...seen, offset: false, time: false },
      }),
      feature("Arrived", {
        type: "datetime",
        observed: null,
        datetime: { ...seen, offset: true, time: true },
      }),
    ];
    const example = { Booked: "2024-02-29", Arrived: "2024-03-01T08:30:00Z" };
    on.api.replies["/model"] = { body: { ...diabetes, features, example } };
    await on.openForm();
    assert.equal(await on.field("Booked").inputValue(), "2024-02-29");
    assert.equal(await on.field("Arrived").inputValue(), "2024-03-01T08:30");
    await on.field("Booked").fill("2025-06-30");
    await on.field("Arrived").fill("2025-07-01T15:45");
    await on.predict("Élevé");
    const sent = { Booked: "2025-06-30", Arrived: "2025-07-01T15:45Z" };
    assert.deepEqual(JSON.parse(on.api.seen.at(-1)?.body ?? ""), sent);
    await on.page.waitForURL((url) => url.hash.includes("15%3A45Z"));
    await on.page.reload();
    await on.button("Predict").waitFor();
    assert.equal(await on.field("Arrived").inputValue(), "2025-07-01T15:45");
    assert.deepEqual(on.complaints, []);
  });
});
