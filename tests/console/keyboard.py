"""Somebody without a mouse: each step is a key, and each stop of the focus must be seen."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

# More stops than any page has between two places.
_MOST_STOPS = 80
# Whether the focus is there, what has it, and whether that is on the screen with an outline.
_STOP = """(target) => {
  const it = document.activeElement;
  const box = it.getBoundingClientRect();
  const outlines = [it, it.closest("[data-focus-visible]")].filter(Boolean).map((one) => getComputedStyle(one));
  return [
    it === target,
    it.outerHTML.slice(0, 120),
    it !== document.body &&
      box.bottom > 0 && box.top < innerHeight &&
      outlines.some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2),
  ];
}"""


@dataclass
class Keyboard:
    page: Page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        """Replaces what the field holds."""
        await self.press("Control+A")
        await self.page.keyboard.insert_text(text)

    async def reach(self, place: Locator, *, by: str = "Tab") -> None:
        """Moves the focus to the place, with as many presses as that takes."""
        await place.wait_for()
        target = await place.element_handle()
        for _ in range(_MOST_STOPS):
            await self.press(by)
            is_there, stop, is_seen = await self.page.evaluate(_STOP, target)
            assert is_seen, f"The focus cannot be seen at {stop}"
            if is_there:
                return
        raise AssertionError(f"{place} is not reached")

    async def enter(self, place: Locator, *, by: str = "Tab") -> None:
        await self.reach(place, by=by)
        await self.press("Enter")

    async def open(self, link: str) -> None:
        """A page, by the links above it."""
        await self.enter(self.page.get_by_role("banner").get_by_role("link", name=link, exact=True), by="Shift+Tab")
        await self.arrives(link)

    async def arrives(self, heading: str) -> None:
        """A new page has begun at its heading, so that the next stop is its first."""
        await expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_focused()
