"""Addresses under /accounts/."""

from django.urls import path

from accounts import password_views as passwords
from accounts import views

app_name = "accounts"

urlpatterns = [
    path("signup/", views.sign_up, name="signup"),
    path("login/", passwords.Login.as_view(), name="login"),
    path("logout/", passwords.Logout.as_view(), name="logout"),
    path("profile/", views.profile, name="profile"),
    path("tokens/", views.token_list, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("password/", passwords.PasswordChange.as_view(), name="password_change"),
    path("password/done/", passwords.PasswordChangeDone.as_view(), name="password_change_done"),
    path("reset/", passwords.PasswordReset.as_view(), name="password_reset"),
    path("reset/sent/", passwords.PasswordResetDone.as_view(), name="password_reset_done"),
    path("reset/complete/", passwords.PasswordResetComplete.as_view(), name="password_reset_complete"),
    path("reset/<uidb64>/<token>/", passwords.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
]
