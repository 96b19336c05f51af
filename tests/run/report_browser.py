#!/usr/bin/env python3
"""Has Chromium lay out pages at two widths, light and dark, and asks it what is too wide; leaves a picture of the first, page.png.

  report_browser.py PAGE…
"""
import html, json, os, re, subprocess, sys

WIDTHS = 1280, 360

# Pages are measured by a script outside them, in frames: no window of Chromium is as narrow as a phone.
MEASURE = """<!DOCTYPE html><pre id="said"></pre><script>
function measure(frame) {
  const page = frame.contentDocument, outside = [];
  let smallest = 99;
  for (const details of page.querySelectorAll("details")) details.open = true;
  for (const text of page.querySelectorAll("svg text")) {
    const own = text.getBoundingClientRect(), all = text.closest("svg").getBoundingClientRect();
    if (own.left < all.left - 1 || own.right > all.right + 1 || own.top < all.top - 1 || own.bottom > all.bottom + 1) outside.push(text.textContent);
    if (own.height) smallest = Math.min(smallest, own.height);
  }
  const broken = [...page.images].filter(image => !image.naturalWidth).length;
  return {width: page.documentElement.scrollWidth, charts: page.querySelectorAll("svg").length, outside, smallest, broken,
          colour: frame.contentWindow.getComputedStyle(page.body).backgroundColor};
}
const all = [], widths = WIDTHS;
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style = `border:0;height:900px;width:${width}px`;
  frame.onload = () => {
    all.push({of: width, ...measure(frame)});
    if (all.length == widths.length) document.getElementById("said").textContent = JSON.stringify(all);
  };
  frame.srcdoc = PAGE;
  document.body.append(frame);
}
</script>"""


def chromium(*arguments):
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + os.path.abspath("profile"), "--virtual-time-budget=4000"]
    return subprocess.run(command + list(arguments), capture_output=True, text=True, timeout=120).stdout


def measured(path, *flags):
    with open(path, encoding="utf-8") as f:
        page = json.dumps(f.read()).replace("</", "<\\/")
    with open("measure.html", "w") as f:
        f.write(MEASURE.replace("WIDTHS", json.dumps(WIDTHS)).replace("PAGE", page))
    said = re.search(r'<pre id="said">(.*?)</pre>', chromium("--dump-dom", "--window-size=1400,1000", *flags, "file://" + os.path.abspath("measure.html")), re.S)
    return json.loads(html.unescape(said[1]))


colours = set()
for path, flags in [(path, ()) for path in sys.argv[1:]] + [(sys.argv[1], ("--blink-settings=preferredColorScheme=0",))]:
    for found in measured(path, *flags):
        print(path, found)
        colours.add(found["colour"])
        assert found["charts"] >= 7 and found["broken"] == 0, found
        assert found["width"] <= found["of"], f"{path} is {found['width']} wide, in {found['of']}"
        assert not found["outside"], found
        assert found["smallest"] >= 8, f"text of {found['smallest']} pixels"
assert len(colours) == 2, colours
chromium("--screenshot=page.png", "--window-size=500,2600", "file://" + os.path.abspath(sys.argv[1]))
assert os.path.getsize("page.png") > 20000
