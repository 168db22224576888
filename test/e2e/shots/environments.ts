import { type Shot, science, settle, tools } from './shot.ts'

export const environmentsShots: readonly Shot[] = [
  { name: 'empty', workspace: 'empty' },
  { name: 'environment', hash: `#/environments?${tools}` },
  {
    name: 'environment-selected',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      for (const name of ['less', 'vim', 'nano']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
      await page.getByRole('row', { name: /readline/ }).click()
    },
  },
  { name: 'environment-huge', hash: '#/environments?env=everything&spack=%2Fhome%2Fdemo%2Fspack' },
  { name: 'environment-error', hash: '#/environments?env=%2Fhome%2Fdemo%2Fprojects%2Fclimate-model-2026' },
  { name: 'graph', hash: `#/environments?${tools}&view=graph`, act: (page) => settle(page, '.react-flow__node') },
  {
    name: 'graph-large',
    hash: `#/environments?${science}&view=graph`,
    act: (page) => settle(page, '.react-flow__node'),
  },
  { name: 'treemap', hash: `#/environments?${tools}&view=treemap&package=javfv4npq27ua4kua36pyc62su5kbq3s` },
  {
    name: 'search',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('l')
    },
  },
  {
    name: 'open',
    hash: `#/environments?${tools}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Open…' }).click()
      await page.getByLabel('Path').fill('/opt/nothing')
      await page.getByRole('button', { name: 'Open', exact: true }).click()
      await page.getByRole('alert').waitFor()
    },
  },
]
