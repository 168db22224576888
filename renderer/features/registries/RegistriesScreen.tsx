import type { RegistriesRoute } from '../../app/routes.ts'
import { ActPage } from './acts/ActPage.tsx'
import { CataloguePage } from './CataloguePage.tsx'
import { ComparePage } from './compare/ComparePage.tsx'
import { ImagePage } from './image/ImagePage.tsx'
import css from './registries.module.css'
import { ServerList } from './ServerList.tsx'
import { StartPage } from './StartPage.tsx'

/** Servers and repositories at the left, a repository's tags in the rest; one tag, a comparison and an act have it all. */
export function RegistriesScreen({ route }: { readonly route: RegistriesRoute }) {
  const { repository, tag, against, act } = route
  if (repository !== undefined && act !== undefined) {
    // What was typed for one act is not for the next.
    const key = [repository, act, ...(route.tags ?? [])].join('\n')
    return <ActPage key={key} route={{ ...route, repository, act }} />
  }
  if (repository !== undefined && tag !== undefined) {
    if (against !== undefined) return <ComparePage repository={repository} left={tag} right={against} />
    return <ImagePage route={{ ...route, repository, tag }} />
  }
  return (
    <div className={css.screen}>
      <ServerList current={repository} />
      {repository === undefined ? <StartPage /> : <CataloguePage key={repository} repository={repository} />}
    </div>
  )
}
