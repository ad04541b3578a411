import { useEffect } from 'react'

/** What the window is called: the page's name, and before it what somebody has to know who looks at his tabs. */
type Title = { readonly page: string; readonly caller: string; readonly missed: number }

let title: Title = { page: '', caller: '', missed: 0 }

function name(change: Partial<Title>): void {
  title = { ...title, ...change }
  const { page, caller, missed } = title
  const whole = page ? `${page} · Tandem` : 'Tandem'
  document.title = caller ? `📞 ${caller}` : missed > 0 ? `(${missed}) ${whole}` : whole
}

export const usePageTitle = (page: string): void => useEffect(() => name({ page }), [page])

/** Steady: a title that blinks is read by nobody. Empty: nobody calls. */
export const useCallerInTitle = (caller: string): void =>
  useEffect(() => {
    name({ caller })
    return () => name({ caller: '' })
  }, [caller])

/** Also on the icon of an installed app, where there is one. */
export const useMissedInTitle = (missed: number): void =>
  useEffect(() => {
    name({ missed })
    const { setAppBadge, clearAppBadge } = navigator as Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>
    const isDone = missed > 0 ? setAppBadge?.call(navigator, missed) : clearAppBadge?.call(navigator)
    void isDone?.catch(() => undefined)
    return () => name({ missed: 0 })
  }, [missed])
