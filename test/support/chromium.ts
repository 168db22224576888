import { existsSync } from 'node:fs'

/** Where systems keep a Chromium; `CHROMIUM` names another. */
const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The system's Chromium; undefined where there is none. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place))
