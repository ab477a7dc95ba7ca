"""loader/worker/plan-store.js: what each plan keeps in IndexedDB."""

from __future__ import annotations

from tests.page.conftest import BlankPage


def test_cookie_does_not_make_a_plan_look_unused(blank_page: BlankPage) -> None:
    before, cookies, age = blank_page.evaluate(
        """async () => {
          self.registration ??= { scope: location.origin + '/' };
          const { keepCookies, planRecord } = await import('/loader/worker/plan-store.js');
          const segment = crypto.randomUUID();
          const { now } = Date;
          try {
            Date.now = () => 1;
            await planRecord(segment);
          } finally {
            Date.now = now;
          }
          const record = await planRecord(segment);
          await keepCookies(record, 'a=b');
          const { cookies, usedAt } = await planRecord(segment);
          return [record.usedAt, cookies, Date.now() - usedAt];
        }"""
    )
    assert before == 1
    assert cookies == "a=b"
    assert age < 60_000
