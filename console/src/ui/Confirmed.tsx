import { useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";

interface Choice {
  label: string;
  act: () => Promise<unknown>;
  isDangerous?: boolean;
}

interface QuestionProps {
  title: string;
  words: string;
  choices: readonly Choice[];
}

/** A button that asks first. A long list has many of them: there is no dialog until it is pressed. */
export function Confirmed({ label, ...question }: QuestionProps & { label: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="small" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && <Question {...question} onClose={() => setOpen(false)} />}
    </>
  );
}

function Question({ title, words, choices, onClose }: QuestionProps & { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={onClose}>
      <Modal>
        <Dialog role="alertdialog">
          <Heading slot="title">{title}</Heading>
          <p>{words}</p>
          <div className="row">
            {choices.map(({ label, act, isDangerous }) => (
              <button
                key={label}
                type="button"
                className={isDangerous ? "danger" : "primary"}
                onClick={() => {
                  onClose();
                  void act();
                }}
              >
                {label}
              </button>
            ))}
            <button type="button" onClick={onClose}>
              {t("form.cancel")}
            </button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
