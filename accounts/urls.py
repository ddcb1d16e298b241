"""Addresses under /accounts/."""

from django.urls import path

from accounts import factor_views, preference_views, session_views, usage_views, views
from accounts import password_views as passwords

app_name = "accounts"

urlpatterns = [
    path("signup/", views.sign_up, name="signup"),
    path("login/", passwords.Login.as_view(), name="login"),
    path("login/code/", factor_views.LoginCode.as_view(), name="login_code"),
    path("logout/", passwords.Logout.as_view(), name="logout"),
    path("profile/", views.profile, name="profile"),
    path("usage/", usage_views.page, name="usage"),
    path("sessions/", session_views.page, name="sessions"),
    path("preferences/", preference_views.save, name="preferences"),
    path("language/", preference_views.choose_language, name="language"),
    path("first-steps/close/", views.close_guide, name="close_guide"),
    path("tokens/", views.token_list, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("second-factor/", factor_views.set_up, name="second_factor"),
    path("second-factor/codes/", factor_views.renew, name="second_factor_codes"),
    path("second-factor/off/", factor_views.turn_off, name="second_factor_off"),
    path("password/", passwords.PasswordChange.as_view(), name="password_change"),
    path("password/done/", passwords.PasswordChangeDone.as_view(), name="password_change_done"),
    path("reset/", passwords.PasswordReset.as_view(), name="password_reset"),
    path("reset/sent/", passwords.PasswordResetDone.as_view(), name="password_reset_done"),
    path("reset/complete/", passwords.PasswordResetComplete.as_view(), name="password_reset_complete"),
    path("reset/<uidb64>/<token>/", passwords.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
]
