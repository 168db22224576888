import { UnstyledButton } from '@mantine/core'
import { spotlight } from '@mantine/spotlight'
import { IconChevronRight, IconSearch } from '@tabler/icons-react'
import { shortTag } from '../../main/api/format.ts'
import { useJobs } from '../engine.ts'
import { actWords } from '../features/registries/acts/words.ts'
import { shortReference } from '../features/registries/names.ts'
import { assertNever } from '../ui/assert.ts'
import { JobsIndicator } from './JobsIndicator.tsx'
import { type ComposeRoute, formatRoute, type RegistriesRoute, type Route, refName } from './routes.ts'
import css from './shell.module.css'
import { ThemeSwitch } from './ThemeSwitch.tsx'

const mac = /mac/i.test(navigator.platform)

/** Where I am, the search, the theme, what is running. */
export function TopBar({ route }: { readonly route: Route }) {
  const jobs = useJobs().data ?? []
  const jobTitle = 'job' in route ? jobs.find((j) => j.id === route.job)?.title : undefined
  const crumbs = breadcrumb(route, jobTitle)
  return (
    <header className={css.bar}>
      <nav aria-label="Where I am" className={css.crumbs}>
        <ol>
          {crumbs.map((crumb, i) => (
            <li key={crumb.word} title={crumb.word}>
              {i > 0 && <IconChevronRight size={14} aria-hidden />}
              {i < crumbs.length - 1 && crumb.to ? (
                <a href={formatRoute(crumb.to)}>{crumb.word}</a>
              ) : (
                <span aria-current="page">{crumb.word}</span>
              )}
            </li>
          ))}
        </ol>
      </nav>
      <UnstyledButton className={css.search} onClick={spotlight.open} aria-keyshortcuts="Control+K Meta+K">
        <IconSearch size={14} aria-hidden />
        <span className={css.searchWord}>Search…</span>
        <kbd>{mac ? '⌘K' : 'Ctrl K'}</kbd>
      </UnstyledButton>
      <JobsIndicator jobs={jobs} />
      <ThemeSwitch />
    </header>
  )
}

interface Crumb {
  readonly word: string
  readonly to?: Route
}

function breadcrumb(route: Route, jobTitle: string | undefined): readonly Crumb[] {
  switch (route.screen) {
    case 'environments': {
      const first: Crumb = { word: 'Environments', to: { screen: 'environments', view: 'table' } }
      return route.ref ? [first, { word: refName(route.ref) }] : [first]
    }
    case 'push': {
      const { ref } = route
      if (!ref) return [{ word: 'Push' }]
      return [
        { word: 'Environments', to: { screen: 'environments', view: 'table' } },
        { word: refName(ref), to: { screen: 'environments', view: 'table', ref } },
        { word: 'Push' },
      ]
    }
    case 'registries':
      return registriesCrumbs(route, jobTitle)
    case 'compose':
      return composeCrumbs(route, jobTitle)
    case 'install': {
      const first: Crumb = { word: 'Install', to: { screen: 'install' } }
      return jobTitle === undefined ? [first] : [first, { word: jobTitle }]
    }
    case 'activity': {
      const first: Crumb = { word: 'Activity', to: { screen: 'activity' } }
      return jobTitle === undefined ? [first] : [first, { word: jobTitle }]
    }
    case 'settings': {
      const first: Crumb = { word: 'Settings', to: { screen: 'settings', tab: 'general' } }
      if (route.tab === 'general') return [first]
      const second: Crumb = { word: 'Registries', to: { screen: 'settings', tab: 'registries' } }
      return route.registry === undefined ? [first, second] : [first, second, { word: route.registry }]
    }
    default:
      return assertNever(route)
  }
}

function composeCrumbs({ repository, publish, job }: ComposeRoute, jobTitle: string | undefined): readonly Crumb[] {
  const crumbs: Crumb[] = [{ word: 'Compose', to: { screen: 'compose' } }]
  if (repository === undefined) return crumbs
  crumbs.push({ word: shortReference(repository), to: { screen: 'compose', repository } })
  if (job !== undefined) crumbs.push({ word: jobTitle ?? 'Publishing' })
  else if (publish) crumbs.push({ word: 'Publish' })
  return crumbs
}

function registriesCrumbs(route: RegistriesRoute, jobTitle: string | undefined): readonly Crumb[] {
  const { repository, tag, against, act } = route
  const crumbs: Crumb[] = [{ word: 'Registries', to: { screen: 'registries' } }]
  if (repository === undefined) return crumbs
  crumbs.push({ word: shortReference(repository), to: { screen: 'registries', repository } })
  if (tag !== undefined) crumbs.push({ word: shortTag(tag), to: { screen: 'registries', repository, tag } })
  if (against !== undefined) crumbs.push({ word: `compared with ${shortTag(against)}` })
  if (act !== undefined) crumbs.push({ word: jobTitle ?? actWords[act].title })
  return crumbs
}
