import { QRCodeSVG } from "qrcode.react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { ConfirmTwoFactorDocument, DisableTwoFactorDocument, EnrolTwoFactorDocument } from "../../api/generated/graphql";
import { useSubmit } from "../../app/useSubmit";
import { CopyButton } from "../../ui/CopyButton";
import { Field, PasswordField } from "../../ui/fields";
import { SubmitForm } from "../../ui/SubmitForm";

interface Offer {
  uri: string;
  recoveryCodes: readonly string[];
}

export function TwoFactor({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation();
  const [offer, setOffer] = useState<Offer | null>(null);
  const section = useRef<HTMLElement>(null);
  // The pages for administrators lead here.
  const isWanted = useLocation().hash === "#two-factor";
  useEffect(() => {
    if (isWanted) section.current?.scrollIntoView();
  }, [isWanted]);
  return (
    <section ref={section} className="card narrow">
      <h2>
        {t("twoFactor.title")} <span className={`mark ${isOn ? "good" : ""}`}>{t(isOn ? "twoFactor.on" : "twoFactor.off")}</span>
      </h2>
      <p>{t("twoFactor.lead")}</p>
      {isOn ? <TurnOff /> : offer ? <Confirm offer={offer} onDone={() => setOffer(null)} /> : <Enrol isOpen={isWanted} onOffered={setOffer} />}
    </section>
  );
}

function Enrol({ isOpen, onOffered }: { isOpen: boolean; onOffered: (offer: Offer) => void }) {
  const { t } = useTranslation();
  const enrolment = useSubmit(EnrolTwoFactorDocument);
  const submit = async ({ password = "" }) => {
    const done = await enrolment.submit({ password });
    if (done) onOffered(done);
  };
  return (
    <details open={isOpen}>
      <summary>{t("twoFactor.turnOn")}</summary>
      <SubmitForm button={t("twoFactor.begin")} {...enrolment} onSubmit={submit}>
        <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
      </SubmitForm>
    </details>
  );
}

function Confirm({ offer: { uri, recoveryCodes }, onDone }: { offer: Offer; onDone: () => void }) {
  const { t } = useTranslation();
  const confirmation = useSubmit(ConfirmTwoFactorDocument, { renews: ["session", "account", "events"] });
  const submit = async ({ code = "" }) => {
    if (await confirmation.submit({ code })) onDone();
  };
  const secret = new URL(uri).searchParams.get("secret") ?? "";
  return (
    <>
      <h3>{t("twoFactor.scan")}</h3>
      <QRCodeSVG className="qr" value={uri} size={192} marginSize={4} title={t("twoFactor.qr")} />
      <p>
        {t("twoFactor.orType")} <code className="token-text">{secret}</code>
      </p>
      <h3>{t("twoFactor.recovery")}</h3>
      <p>{t("twoFactor.recoveryWords")}</p>
      <ul className="codes">
        {recoveryCodes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <CopyButton text={recoveryCodes.join("\n")} label={t("twoFactor.copyCodes")} />
      </p>
      <SubmitForm button={t("twoFactor.confirm")} {...confirmation} onSubmit={submit}>
        <Field label={t("twoFactor.code")} name="code" autoComplete="one-time-code" inputMode="numeric" isRequired />
      </SubmitForm>
    </>
  );
}

function TurnOff() {
  const { t } = useTranslation();
  const disabling = useSubmit(DisableTwoFactorDocument, { renews: ["session", "account", "events"] });
  const submit = async ({ password = "", code = "" }) => {
    await disabling.submit({ password, code });
  };
  return (
    <details>
      <summary>{t("twoFactor.turnOff")}</summary>
      <SubmitForm button={t("twoFactor.turnOff")} {...disabling} onSubmit={submit} isDangerous>
        <PasswordField label={t("form.password")} name="password" autoComplete="current-password" />
        <Field label={t("login.code")} hint={t("login.codeHint")} name="code" autoComplete="one-time-code" isRequired />
      </SubmitForm>
    </details>
  );
}
