"""People, and pictures that are made on the spot."""

import factory

from accounts.models import Role, User
from tests.pictures import image_bytes as image_bytes
from tests.pictures import picture as picture


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password("correct horse battery")
    role = Role.USER
    is_staff = factory.LazyAttribute(lambda user: user.role != Role.USER)
    is_superuser = factory.LazyAttribute(lambda user: user.role == Role.ADMINISTRATOR)
