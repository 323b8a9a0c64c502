import { useEffect, useState } from "react";
import { ModelDetailsDocument } from "../api/generated/graphql";
import { Refused } from "../api/refused";
import { problemOfError } from "../api/refusals";
import { send } from "../api/send";
import { useService, type Service } from "../api/service";
import type { Model } from "../pages/models/ModelPage";
import type { Problem } from "../ui/problem";

interface Found {
  model: Model | null;
  problem: Problem | null;
}

const NOTHING: Found = { model: null, problem: null };

/** The model as it is declared, or why it is not there. Asks again with each `attempt`. */
export function useModel(name: string, attempt: number): Found & { service: Service } {
  const service = useService();
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    setFound(NOTHING);
    send(service, ModelDetailsDocument, { name }, { signal }).then(
      ({ model }) => signal.aborted || setFound({ model, problem: null }),
      (error: unknown) => {
        if (signal.aborted) return;
        if (!(error instanceof Refused)) throw error;
        setFound({ model: null, problem: problemOfError(error) });
      },
    );
    return () => leaving.abort();
  }, [service, name, attempt]);
  return { ...found, service };
}
