import { useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { UpdateApiTokenDocument, type TokenFragment } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { Field } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";
import { Restrictions, restrictionsOf } from "./Restrictions";

interface EditTokenProps {
  token: TokenFragment;
  /** Of the user's plan, each minute. */
  mostUnits: number | undefined;
}

/** The name and the restrictions of a token. Its scopes and its end stay. */
export function EditToken(props: EditTokenProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="small" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t("tokens.edit")}
      </button>
      {isOpen && <Editor {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Editor({ token, mostUnits, onClose }: EditTokenProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const update = useSubmit(UpdateApiTokenDocument, { renews: ["tokens"] });
  const submit = async ({ name = "", ...restrictions }: Record<string, string>) => {
    if (await update.submit({ id: token.id, input: { name, ...restrictionsOf(restrictions) } })) onClose();
  };
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={onClose}>
      <Modal>
        <Dialog>
          <Heading slot="title">{t("tokens.editTitle", { name: token.name })}</Heading>
          <SubmitForm button={t("account.save")} {...update} onSubmit={submit}>
            <Field label={t("tokens.name")} name="name" defaultValue={token.name} maxLength={80} autoComplete="off" isRequired />
            <Restrictions token={token} mostUnits={mostUnits} />
          </SubmitForm>
          <p className="ways">
            <button type="button" onClick={onClose}>
              {t("form.cancel")}
            </button>
          </p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
