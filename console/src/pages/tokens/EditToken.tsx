import { useState } from "react";
import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { UpdateApiTokenDocument, type TokenFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Field } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";
import { Restrictions, restrictionsOf } from "./Restrictions";

/** The name and the restrictions of a token. Its scopes and its end stay. */
export function EditToken({ token, mostUnits }: { token: TokenFragment; mostUnits: number | undefined }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const update = useSubmit(UpdateApiTokenDocument, { renews: ["tokens"] });
  const submit = async ({ name = "", ...restrictions }: Record<string, string>) => {
    if (await update.submit({ id: token.id, input: { name, ...restrictionsOf(restrictions) } })) setOpen(false);
  };
  const change = (opens: boolean) => {
    update.clear();
    setOpen(opens);
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={change}>
      <Button className="small">{t("tokens.edit")}</Button>
      <ModalOverlay isDismissable>
        <Modal>
          <Dialog>
            <Heading slot="title">{t("tokens.editTitle", { name: token.name })}</Heading>
            <SubmitForm button={t("account.save")} {...update} onSubmit={submit}>
              <Field label={t("tokens.name")} name="name" defaultValue={token.name} maxLength={80} autoComplete="off" isRequired />
              <Restrictions token={token} mostUnits={mostUnits} />
            </SubmitForm>
            <p className="ways">
              <Button onPress={() => change(false)}>{t("form.cancel")}</Button>
            </p>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
