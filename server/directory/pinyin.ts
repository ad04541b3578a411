import { Converter } from 'opencc-js/t2cn'
import { pinyin } from 'pinyin-pro'

/** Traditional characters as simplified ones, so that 陳 and 陈 are one name wherever people are sought. */
export const simplified: (text: string) => string = Converter({ from: 't', to: 'cn' })

/** A name as it is read aloud in Mandarin, syllable by syllable, without tones: `chen li`. Other writing stays as it is. */
export const readAloud = (name: string): string => syllablesOf(name).join(' ').replace(/\s+/gu, ' ').trim()

/** How people abbreviate it: `cl`. Empty when nothing of it is Chinese. */
export function initialsOf(name: string): string {
  const chinese = (name.match(/\p{Script=Han}+/gu) ?? []).join('')
  return chinese === ''
    ? ''
    : syllablesOf(chinese)
        .map((syllable) => syllable.charAt(0))
        .join('')
}

/** Surnames are read as surnames: 单 is Shan, 曾 is Zeng. */
const syllablesOf = (name: string): readonly string[] =>
  pinyin(simplified(name), { toneType: 'none', type: 'array', surname: 'head', v: true, nonZh: 'consecutive' })
