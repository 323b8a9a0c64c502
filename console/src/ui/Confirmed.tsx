import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";

interface Choice {
  label: string;
  act: () => Promise<unknown>;
  isDangerous?: boolean;
}

/** A button that asks first. */
export function Confirmed({ label, title, words, choices }: { label: string; title: string; words: string; choices: readonly Choice[] }) {
  const { t } = useTranslation();
  return (
    <DialogTrigger>
      <Button className="small">{label}</Button>
      <ModalOverlay isDismissable>
        <Modal>
          <Dialog role="alertdialog">
            {({ close }) => (
              <>
                <Heading slot="title">{title}</Heading>
                <p>{words}</p>
                <div className="row">
                  {choices.map(({ label: choice, act, isDangerous }) => (
                    <Button
                      key={choice}
                      className={isDangerous ? "danger" : "primary"}
                      onPress={() => {
                        close();
                        void act();
                      }}
                    >
                      {choice}
                    </Button>
                  ))}
                  <Button onPress={close}>{t("form.cancel")}</Button>
                </div>
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
