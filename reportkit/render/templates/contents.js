"use strict";

// The contents at the side show where the reader is.
{
  const contents = document.querySelector("nav");
  const entries = [...contents.querySelectorAll("a")].map((link) => ({
    link,
    heading: document.getElementById(link.getAttribute("href").slice(1)),
  }));

  const follow = () => {
    const above = entries.filter(({ heading }) => heading.getBoundingClientRect().top < innerHeight / 4);
    const here = above.at(-1)?.link;
    for (const { link } of entries) {
      if (link === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    if (here) contents.scrollTop = here.offsetTop - contents.clientHeight / 2;
  };

  addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
  follow();
}
