import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  rem,
} from '@mantine/core'

/**
 * Every colour of the window, once, for light and dark. Style sheets read them as `var(--st-…)`; a unit test checks
 * that text reaches 4.5 : 1 on every ground it stands on and that the states stay apart for colour-blind eyes.
 *
 * A state has four colours: `ink` for words and icons, `bar` for the solid edge, `soft` for the ground, `fill` for
 * the part that is done.
 *
 * `ansi-0` to `ansi-15` are a terminal's sixteen colours, as inks on `surface`: black, red, green, yellow, blue, magenta, cyan,
 * white, and the same brighter.
 */
export const tokens = {
  light: {
    bg: '#ffffff',
    surface: '#f6f7f9',
    raised: '#ffffff',
    hover: '#eef1f5',
    border: '#e0e4e9',
    'border-strong': '#868f9b',
    text: '#191f26',
    dim: '#57616d',
    accent: '#1f63d6',
    'accent-hover': '#1954ba',
    'accent-text': '#ffffff',
    'accent-soft': '#e9f0fd',
    'build-ink': '#174ca6',
    'build-bar': '#2f7cf0',
    'build-soft': '#e4eefd',
    'build-fill': '#b3cffb',
    'reuse-ink': '#0a675f',
    'reuse-bar': '#12a594',
    'reuse-soft': '#dbf2ee',
    'reuse-fill': '#a5dfd5',
    'present-ink': '#465364',
    'present-bar': '#6b7a8d',
    'present-soft': '#eaedf2',
    'present-fill': '#ccd4de',
    'shared-ink': '#673ab7',
    'shared-bar': '#8a5cf0',
    'shared-soft': '#efe9fd',
    'base-ink': '#5d5540',
    'base-bar': '#9a8f70',
    'base-soft': '#f4f1e8',
    'base-fill': '#e0d9c5',
    'warning-ink': '#855000',
    'warning-bar': '#dd8a00',
    'warning-soft': '#fdf2dc',
    'warning-fill': '#f6d998',
    'problem-ink': '#9f1c12',
    'problem-bar': '#e0413d',
    'problem-soft': '#fdebea',
    'problem-fill': '#f7c2be',
    'ansi-0': '#191f26',
    'ansi-1': '#b3261e',
    'ansi-2': '#1a6b2d',
    'ansi-3': '#7a5200',
    'ansi-4': '#1d54b8',
    'ansi-5': '#8a2a9b',
    'ansi-6': '#0b6471',
    'ansi-7': '#57616d',
    'ansi-8': '#566270',
    'ansi-9': '#b81f2e',
    'ansi-10': '#17702f',
    'ansi-11': '#855000',
    'ansi-12': '#2460cf',
    'ansi-13': '#9633ac',
    'ansi-14': '#086b79',
    'ansi-15': '#343b44',
    shadow: 'rgba(20, 30, 45, 0.16)',
  },
  dark: {
    bg: '#14171b',
    surface: '#1a1e23',
    raised: '#21262c',
    hover: '#272d35',
    border: '#2d343c',
    'border-strong': '#707b89',
    text: '#e7eaee',
    dim: '#9ea9b5',
    accent: '#5b9bff',
    'accent-hover': '#7db0ff',
    'accent-text': '#08111f',
    'accent-soft': '#1b2a42',
    'build-ink': '#93beff',
    'build-bar': '#4c8ffb',
    'build-soft': '#1b2a42',
    'build-fill': '#244678',
    'reuse-ink': '#62d6c6',
    'reuse-bar': '#1fb5a3',
    'reuse-soft': '#15312f',
    'reuse-fill': '#1a544d',
    'present-ink': '#b6c1cd',
    'present-bar': '#8593a4',
    'present-soft': '#262c34',
    'present-fill': '#3b4552',
    'shared-ink': '#c3aaff',
    'shared-bar': '#9b7bf7',
    'shared-soft': '#2a2342',
    'base-ink': '#cfc5a9',
    'base-bar': '#9a8f70',
    'base-soft': '#25231d',
    'base-fill': '#3b3729',
    'warning-ink': '#f5bf63',
    'warning-bar': '#e2a336',
    'warning-soft': '#32270f',
    'warning-fill': '#5c4514',
    'problem-ink': '#ffa29c',
    'problem-bar': '#f0605d',
    'problem-soft': '#3a1e1f',
    'problem-fill': '#6b2b2c',
    'ansi-0': '#8f99a5',
    'ansi-1': '#ff8f88',
    'ansi-2': '#7fd48f',
    'ansi-3': '#e8c468',
    'ansi-4': '#86b6ff',
    'ansi-5': '#d9a4f0',
    'ansi-6': '#6fd3df',
    'ansi-7': '#c5ccd4',
    'ansi-8': '#a3adb9',
    'ansi-9': '#ffaaa4',
    'ansi-10': '#9be3a8',
    'ansi-11': '#f5d78a',
    'ansi-12': '#a6c9ff',
    'ansi-13': '#e6bff8',
    'ansi-14': '#95e3ec',
    'ansi-15': '#f2f4f7',
    shadow: 'rgba(0, 0, 0, 0.55)',
  },
} as const

export type Token = keyof typeof tokens.light
export type StateHue = 'build' | 'reuse' | 'present' | 'base' | 'warning' | 'problem'

const accentShades: MantineColorsTuple = [
  '#e9f0fd', '#d3e1fb', '#a6c4f8', '#7aa8f5', '#5b9bff', '#3f82ec', '#1f63d6', '#1954ba', '#144599', '#0f3677',
] // biome-ignore format: ten shades, one line

const lightGreys: MantineColorsTuple = [
  '#f6f7f9',
  '#eef1f5',
  '#e0e4e9',
  '#d3d8df',
  '#c4cad2',
  '#a3acb7',
  '#868f9b',
  '#57616d',
  '#343b44',
  '#191f26',
]

const darkGreys: MantineColorsTuple = [
  '#e7eaee',
  '#c5ccd4',
  '#9ea9b5',
  '#707b89',
  '#434c58',
  '#2d343c',
  '#1a1e23',
  '#14171b',
  '#101317',
  '#0b0d10',
]

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: rem(12), sm: rem(13), md: rem(13), lg: rem(15), xl: rem(20) },
  spacing: { xs: rem(4), sm: rem(8), md: rem(12), lg: rem(16), xl: rem(24) },
  defaultRadius: rem(6),
  cursorType: 'pointer',
  respectReducedMotion: true,
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 4 },
  variantColorResolver: (input) =>
    input.variant === 'filled' && (input.color ?? 'accent') === 'accent'
      ? { ...defaultVariantColorsResolver(input), color: 'var(--st-accent-text)' }
      : defaultVariantColorsResolver(input),
  // Mantine's own greys, in the tint of the tokens.
  colors: { accent: accentShades, gray: lightGreys, dark: darkGreys },
  components: {
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        transitionProps: { duration: 100 },
        events: { hover: true, focus: true, touch: false },
      },
    },
    Modal: { defaultProps: { transitionProps: { duration: 120 }, centered: true } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
    Button: { defaultProps: { size: 'xs', fz: 13, fw: 550 } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Autocomplete: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs', iconColor: 'var(--st-accent-text)' } },
    SegmentedControl: { defaultProps: { size: 'xs', withItemsBorders: false } },
  },
})

function variables(scheme: 'light' | 'dark'): Record<string, string> {
  const t = tokens[scheme]
  const own = Object.fromEntries(Object.entries(t).map(([name, value]) => [`--st-${name}`, value]))
  return {
    ...own,
    '--mantine-color-body': t.bg,
    '--mantine-color-text': t.text,
    '--mantine-color-dimmed': t.dim,
    '--mantine-color-placeholder': t.dim,
    '--mantine-color-anchor': t['build-ink'],
    '--mantine-color-error': t['problem-ink'],
    '--mantine-color-default': t.raised,
    '--mantine-color-default-hover': t.hover,
    '--mantine-color-default-color': t.text,
    '--mantine-color-default-border': t.border,
    '--mantine-color-disabled': t.surface,
    '--mantine-color-disabled-color': t.dim,
    '--mantine-color-accent-filled': t.accent,
    '--mantine-color-accent-filled-hover': t['accent-hover'],
    '--mantine-primary-color-contrast': t['accent-text'],
  }
}

/** Hands the tokens to the page as CSS variables, beside those of Mantine that must agree with them. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: variables('light'),
  dark: variables('dark'),
})
