import { useState } from "react";
import { Input, Label, Text, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { CreateJobDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { usePasted } from "../../ui/usePasted";
import { Answer } from "./Answer";
import { CallForm } from "./CallForm";
import type { Model } from "./ModelPage";
import { Snippets } from "./Snippets";
import { EMPTY } from "./tensorInputs";
import type { InferInputs } from "./useCall";
import { useCallForm } from "./useCallForm";

/** The form of a model and its answer, a job made from the same inputs, and the call for programs. */
export function ModelCall({ model }: { model: Model }) {
  const { t } = useTranslation();
  const form = useCallForm(model);
  const job = useSubmit(CreateJobDocument, { renews: ["jobs"] });
  const navigate = useNavigate();
  const [webhook, setWebhook] = useState("");
  const makeJob = async (inputs: InferInputs) => {
    const done = await job.submit({ input: { model: model.name, inputs, webhook: webhook.trim() ? { url: webhook.trim() } : null } });
    if (done) await navigate(`/jobs/${encodeURIComponent(done.job.id)}`);
  };
  // Into the input where the focus is, or else the first that takes images.
  usePasted((file, target) => {
    const focused = target instanceof Element && target.closest<HTMLElement>("[data-input]")?.dataset.input;
    const input = model.inputs.find(({ name, datatype }) => name === focused && datatype === "BYTES") ?? model.inputs.find((one) => form.imagesOf(one) !== "no");
    if (input) form.enter(input.name, { ...EMPTY, shape: form.entryOf(input.name).shape, file });
  });
  const button = <button type="button" onClick={() => form.withInputs((inputs) => void makeJob(inputs))}>{t("model.asJob")}</button>;
  return (
    <section className="call">
      <CallForm model={model} form={form} buttons={!model.streams && button} problem={job.problem}>
        {!model.streams && (
          <details>
            <summary>{t("webhooks.ofJob")}</summary>
            <TextField value={webhook} onChange={setWebhook} type="url">
              <Label>{t("webhooks.url")}</Label>
              <Input placeholder="https://example.org/answers" />
              <Text slot="description">{t("webhooks.urlHint")}</Text>
            </TextField>
          </details>
        )}
      </CallForm>
      {form.call.chunks.length > 0 && <Answer chunks={form.call.chunks} end={form.call.end} />}
      {model.example && <Snippets example={model.example} inputs={form.inputs} isStream={model.streams} />}
    </section>
  );
}
