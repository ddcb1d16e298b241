"""The tables of accounts. Nothing here decides anything: services do, and roles.py what somebody may."""

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    USER = "user", _("User")
    MODERATOR = "moderator", _("Moderator")
    ADMINISTRATOR = "administrator", _("Administrator")


class AccountManager(UserManager["User"]):
    """A superuser made on the command line is an administrator: one field says what a person may do."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Names are unique in any case, so people log in with whatever case their keyboard makes."""
        return self.get(username__iexact=username)

    def create_superuser(self, username: str, email: Any = None, password: Any = None, **extra: Any) -> "User":
        return super().create_superuser(username, email, password, role=Role.ADMINISTRATOR, **extra)


class User(AbstractUser):
    """A person. `role` alone decides (roles.py); `is_staff` and `is_superuser` follow it, for Django."""

    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=16, choices=Role, default=Role.USER)
    language = models.CharField(max_length=16, blank=True)  # "de"; empty: as the browser asks
    time_zone = models.CharField(max_length=64, blank=True)  # "Europe/Berlin"; empty: as the browser tells
    limits = models.JSONField(default=dict, blank=True, editable=False)  # those that differ from the site's, by name
    factor_since = models.DateTimeField("second factor since", null=True, blank=True, editable=False)  # null: none
    guide_closed_at = models.DateTimeField(null=True, blank=True, editable=False)  # the first steps, put away for good

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_unique_in_any_case"),
            models.UniqueConstraint(Lower("email"), name="email_unique_in_any_case", condition=~Q(email="")),
        ]


class Scope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")


class ApiToken(models.Model):
    """A key for a program. Only its digest is kept: whoever reads this table can use none of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    limits = models.JSONField(default=dict, blank=True, editable=False)  # narrower ones than its person's, by name

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def status(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        if self.expires_at and self.expires_at <= timezone.now():
            return "expired"
        return "active"


class SecondFactor(models.Model):
    """What the codes of a person's phone are computed from. That they have one, `User.factor_since` says."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.TextField(editable=False)  # the shared secret, for this site alone (fakedetect_site/secret_box.py)
    last_step = models.BigIntegerField()  # the stretch of 30 seconds of the last code: none before it counts again

    def __str__(self) -> str:
        return f"second factor of user:{self.person_id}"


class RecoveryCode(models.Model):
    """Opens the door once, for who lost the phone. Only its digest is kept, as of an API token."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery code of user:{self.person_id}"


class Measure(models.TextChoices):
    """What is counted."""

    READS = "reads", _("Requests that read")
    WRITES = "writes", _("Requests that write")
    UPLOADS = "uploads", _("Uploads")
    BYTES = "bytes", _("Bytes handed in")
    KEPT = "kept", _("Bytes kept")


class UsageCounter(models.Model):
    """How much of one measure somebody used up in one window of time; counting.py adds to it and reads it.

    `subject` is "user:17", "token:5", or an address under a keyed digest; `person` lets rows go with the account.
    """

    subject = models.CharField(max_length=48)
    measure = models.CharField(max_length=24)  # a Measure, or the name of a form that is throttled
    period = models.CharField(max_length=8)  # "minute", "day", "month", "ever", or seconds: "600s"
    since = models.DateTimeField()
    amount = models.BigIntegerField()
    most = models.BigIntegerField()  # the limit that held when it was last added to
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="usage")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "measure", "period", "since"], name="one_counter_of_a_window")
        ]
        indexes = [models.Index(fields=["period", "since"], name="counters_by_age")]

    def __str__(self) -> str:
        return f"{self.subject} {self.measure} of a {self.period}: {self.amount}"


class Purpose(models.TextChoices):
    """What a person may agree to beyond what the site is for."""

    TRAINING = "training", _("Training the detector")


class Consent(models.Model):
    """One agreement of one person to one text, from then until it was withdrawn. Rows are kept: they are the proof."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose)
    text = models.TextField()  # word for word what the person was shown
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(withdrawn_at=None), name="one_standing_consent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by user:{self.person_id}"


class AuditEvent(models.Model):
    """One act, chained to the one before it: `digest` covers `previous` and every other field (audit_chain.py).

    What identifies a person or a file stands in `personal` and is chained only as a salted digest: erasing a person
    (emptying `personal` and `salt`) leaves the chain whole. The data base refuses every other change (audit_guard.py).
    """

    id = models.BigIntegerField(primary_key=True)  # the position in the chain, without gaps
    at = models.DateTimeField()
    action = models.CharField(max_length=40)
    actor = models.CharField(max_length=40, blank=True)  # "user:17", "token:5"; empty: system or stranger
    target = models.CharField(max_length=80, blank=True)  # "upload:…", "user:17"
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    model = models.CharField("model version", max_length=40, blank=True)  # of the detector, where one had a part in it
    form = models.PositiveSmallIntegerField(default=1, editable=False)  # which fields the digest covers
    personal = models.JSONField(default=dict)  # {"name": …, "address": …, "private": {…}}
    salt = models.CharField(max_length=32, blank=True)
    personal_digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit event"
        indexes = [
            models.Index(fields=["action", "-id"]),
            models.Index(fields=["target", "-id"]),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["model", "-id"], name="audit_by_model", condition=~Q(model="")),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An audit event is never deleted.")


class AuditHead(models.Model):
    """One row: the end of the chain. Locking it makes appending serial on every data base."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last_id = models.BigIntegerField(default=0)
    last_digest = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.last_id} {self.last_digest[:12]}"
