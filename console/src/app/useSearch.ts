import { useEffect, useState } from "react";
import { useNavigation, useSearchParams } from "react-router";

// Between two letters, for most who type.
const PAUSE_MILLISECONDS = 250;

/** What is typed into the search field of a list. It is asked for once nobody has typed for a moment, and is then in the
 * address, so that it is still there when people come back from what they found. */
export function useSearch() {
  const [parameters, setParameters] = useSearchParams();
  const kept = parameters.get("q") ?? "";
  const [words, setWords] = useState(kept);
  const [search, setSearch] = useState(kept);
  const { state } = useNavigation();
  useEffect(() => {
    // A link that was clicked is being opened: the search would keep people here.
    if (state !== "idle") return;
    const timer = window.setTimeout(() => setSearch(words.trim()), PAUSE_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [words, state]);
  useEffect(() => {
    if (search !== kept) setParameters(search ? { q: search } : {}, { replace: true, preventScrollReset: true });
  }, [search]);
  // A link to the list itself has no search.
  useEffect(() => {
    if (search !== kept) setWords(kept);
  }, [kept]);
  return { words, setWords, search: search || null };
}
